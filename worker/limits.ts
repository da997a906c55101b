import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseDuration } from '../domain/duration.js';
import { invalidRequest } from '../domain/invalid-request.js';
import { CURRENCIES } from '../domain/number-record.js';
import type { SpendingLimits } from '../domain/spending.js';

const amount = z
  .number({ error: 'must be a number' })
  .min(0, 'must be 0 or more')
  .max(1e12, 'must be at most 1e12');

const YEAR_MS = 366 * 86_400_000;
const period = z.custom<string>(
  (value) => (parseDuration(value) ?? Infinity) <= YEAR_MS,
  'must be a duration of at most 366 days, such as "30 days"',
);

const limit = z
  .strictObject(
    {
      currency: z.enum(CURRENCIES, { error: `must be one of ${CURRENCIES.join(', ')}` }).exactOptional(),
      maxLeases: z
        .custom<number>(
          (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10_000,
          'must be a whole number from 0 to 10000',
        )
        .exactOptional(),
      maxMonthly: amount.exactOptional(),
      maxUpfront: z.strictObject({ amount, per: period }, { error: notKnown('amount, per') }).exactOptional(),
    },
    { error: notKnown('currency, maxLeases, maxMonthly, maxUpfront') },
  )
  .superRefine(({ currency, maxMonthly, maxUpfront }, context) => {
    if (currency !== undefined || (maxMonthly === undefined && maxUpfront === undefined)) return;
    context.addIssue({
      code: 'custom',
      path: ['currency'],
      message: 'must be given with maxMonthly or maxUpfront',
    });
  });

const LABEL_KEY = /^[a-z][a-z0-9._-]{0,62}$/;
const object = { error: 'must be an object' };

const labels = z
  .record(z.string(), z.record(z.string(), limit, object), object)
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      if (LABEL_KEY.test(key)) continue;
      const message = `is no key of a label, such as "tenant" (${LABEL_KEY.source})`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

const schema = z.strictObject(
  {
    account: limit.exactOptional(),
    labels: labels.exactOptional(),
  },
  { error: notKnown('account, labels') },
);

function notKnown(known: string) {
  return ({ code }: { code: string }) =>
    code === 'unrecognized_keys' ? `is not a known field (known are: ${known})` : 'must be an object';
}

/** The value of `LEASEHOLD_LIMITS`: JSON, or the path of a file with it. A problem names the field. */
export function readLimits(given: string): { limits: SpendingLimits } | { problem: string } {
  const inline = given.trimStart().startsWith('{');
  let json: unknown;
  try {
    json = JSON.parse(inline ? given : readFileSync(given, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: inline ? `is no JSON: ${why}` : `names no file with JSON: ${why}` };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return { problem: `is wrong: ${invalidRequest(parsed.error.issues, json).message}` };
  return { limits: parsed.data };
}
