/** The check of what a request says about the end of its lease, and about its health until then. */
import { z } from 'zod';
import { PERIOD_END, parseUntil, UNTIL_HINT } from './deadline.js';
import { parseDuration } from './duration.js';
import { duration, durationWithin, fields, HOUR_MS, numberWithin, truth } from './request-parts.js';
import { instantOf } from './zoned-time.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

/** An `until`: what it must be is told by what is wrong with it. */
export const untilWords = z
  .custom<string>(() => true)
  .superRefine((value: unknown, context) => {
    if (typeof value !== 'string' || !parseUntil(value)) {
      context.addIssue({ code: 'custom', message: `must be ${UNTIL_HINT}` });
      return;
    }
    const end = instantOf(value);
    if (typeof end === 'object') context.addIssue({ code: 'custom', message: end.must });
  })
  .meta({
    type: 'string',
    examples: ['2027-01-31T12:00:00Z', '2027-03-28T02:30[Europe/Berlin]', PERIOD_END],
  });

export const endFields = {
  protected: truth.exactOptional(),
  grace: duration.exactOptional(),
  warnBefore: duration.exactOptional(),
  autoRenew: truth.exactOptional(),
  health: fields({
    minReputation: numberWithin(0, 1).exactOptional(),
    checkEvery: durationWithin(MINUTE_MS, 30 * DAY_MS).exactOptional(),
  }).exactOptional(),
};

interface Ending {
  term?: string;
  until?: string;
  protected?: boolean;
  warnBefore?: string;
  autoRenew?: boolean;
  terminateAfterMessages?: boolean;
  health?: { minReputation?: number; checkEvery?: string };
}

/** What cannot be meant together. */
export function checkEnding(given: Ending, context: z.core.$RefinementCtx): void {
  const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { term, until, autoRenew, health } = given;
  if (given.protected && given.terminateAfterMessages)
    wrong(['protected'], 'cannot be given together with terminateAfterMessages: give one of the two');
  const unwarned = whyNoWarning(given);
  if (unwarned !== undefined) wrong(['warnBefore'], unwarned);
  if (autoRenew && term === undefined && until !== PERIOD_END)
    wrong(['autoRenew'], `needs something to renew by: give term, or "${PERIOD_END}" as until`);
  if (health?.minReputation !== undefined && health.checkEvery === undefined)
    wrong(['health', 'checkEvery'], 'is missing: how often to look at the reputation, such as "1 day"');
}

function whyNoWarning({ warnBefore, term, until }: Ending): string | undefined {
  const leadMs = parseDuration(warnBefore);
  if (leadMs === undefined) return undefined;
  if (term === undefined && until === undefined) return 'needs a deadline to warn of: give term or until';
  const termMs = parseDuration(term);
  return termMs !== undefined && leadMs >= termMs
    ? `must be shorter than the term, which is ${term ?? ''}`
    : undefined;
}
