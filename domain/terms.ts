import type { ProvisionRequest } from './contract.js';
import { PERIOD_END } from './deadline.js';
import { parseDuration, type Duration } from './duration.js';
import type { LeaseTerms } from './lease-input.js';
import { instantOf } from './zoned-time.js';

/** What holds where a request says nothing. Times in milliseconds. */
export const DEFAULTS = {
  billingMethod: 'monthly',
  polling: { initialMs: 5_000, backoff: 2, maxMs: 30_000, escalateAfterMs: 15 * 60_000 },
  settleWindowMs: 60_000,
  /** What the vendor documents for one line: one text a second, five at once. */
  pacing: { perSecond: 1, burst: 5 },
} as const;

/** The terms of a request that was validated before. */
export function termsOf(request: ProvisionRequest): LeaseTerms {
  const { limits, releasePolling: polling = {} } = request;
  const termMs = request.term === undefined ? undefined : parseDuration(request.term);
  const until = instantOf(request.until);
  return {
    billingMethod: request.billingMethod ?? DEFAULTS.billingMethod,
    ...(limits && { limits }),
    ...(termMs !== undefined && { termMs }),
    ...(typeof until === 'number' && { until }),
    ...endTerms(request),
    terminateAfterMessages: request.terminateAfterMessages ?? false,
    polling: {
      initialMs: duration(polling.initial, DEFAULTS.polling.initialMs),
      backoff: polling.backoff ?? DEFAULTS.polling.backoff,
      maxMs: duration(polling.max, DEFAULTS.polling.maxMs),
      escalateAfterMs: duration(polling.escalateAfter, DEFAULTS.polling.escalateAfterMs),
    },
    settleWindowMs: duration(request.settleWindow, DEFAULTS.settleWindowMs),
    pacing: { ...DEFAULTS.pacing, ...request.pacing },
  };
}

/** Each is there only where it is asked for: what is not used leaves no trace in a history. */
function endTerms({
  until,
  protected: isProtected,
  grace,
  warnBefore,
  autoRenew,
  health,
}: ProvisionRequest): Partial<LeaseTerms> {
  const graceMs = parseDuration(grace);
  const warnBeforeMs = parseDuration(warnBefore);
  const checkEveryMs = parseDuration(health?.checkEvery);
  const minReputation = health?.minReputation;
  return {
    ...(until === PERIOD_END && { untilPeriodEnd: true }),
    ...(isProtected && { protected: true }),
    ...(graceMs !== undefined && { graceMs }),
    ...(warnBeforeMs !== undefined && { warnBeforeMs }),
    ...(autoRenew && { autoRenew: true }),
    ...(health && {
      health: {
        ...(minReputation !== undefined && { minReputation }),
        ...(checkEveryMs !== undefined && { checkEveryMs }),
      },
    }),
  };
}

function duration(text: Duration | undefined, otherwise: number): number {
  return parseDuration(text) ?? otherwise;
}
