/**
 * The check of what callers give, where it comes in: in the client, and once more in the worker, because a run
 * started from another language passed no client of ours. Not for workflow code: it brings zod along.
 */
import { z } from 'zod';
import type { ExtendRequest, Message, ProvisionRequest } from './contract.js';
import { isCountry } from './countries.js';
import { FURTHEST_END_MS } from './deadline.js';
import { formatDuration, parseDuration } from './duration.js';
import { InvalidRequestError, invalidRequest } from './invalid-request.js';
import { labelsProblem, type Labels } from './labels.js';
import { BILLING_METHODS, CHANNELS, CURRENCIES } from './number-record.js';
import { checkEnding, endFields, untilWords } from './request-end.js';
import {
  amount,
  choice,
  duration,
  durationWithin,
  fields,
  HOUR_MS,
  list,
  numberWithin,
  oneLine,
  phoneNumber,
  SECOND_MS,
  text,
  truth,
  wholeNumberWithin,
} from './request-parts.js';
import { jsonBytes, REQUEST_TEXTS_BYTES } from './sizes.js';
import { DEFAULTS } from './terms.js';
import { instantOf } from './zoned-time.js';

export { InvalidRequestError } from './invalid-request.js';

const MOST_MESSAGES = 1_000;
const LONGEST_MESSAGE = 5_000;
/** Some one text a day: a slower pace is a wait for years. */
const SLOWEST_PACE = 0.000_01;

const country = z
  .string({ error: 'must be a country code such as "US"' })
  .transform((code) => code.toUpperCase())
  .refine(isCountry, 'must be a country of ISO 3166-1 in two letters, such as "US"')
  .meta({ description: 'ISO 3166-1 in two letters, such as `US`.' });

const criteria = fields({
  country: country.exactOptional(),
  region: oneLine(100).exactOptional(),
  city: oneLine(100).exactOptional(),
  areaCode: z
    .custom<string>(
      (value) => typeof value === 'string' && /^\d{1,10}$/.test(value),
      'must be 1 to 10 digits, such as "415"',
    )
    .meta({ type: 'string', pattern: '^[0-9]{1,10}$', examples: ['415'] })
    .exactOptional(),
  channels: list(choice(CHANNELS), 'channels', 20).exactOptional(),
  carrier: oneLine(100).exactOptional(),
  minReputation: numberWithin(0, 1).exactOptional(),
  intlSms: truth.exactOptional(),
  allowRequirements: list(oneLine(100), 'requirements', 100).exactOptional(),
});

const limits = fields({
  currency: choice(CURRENCIES),
  maxUpfrontFee: amount.exactOptional(),
  maxMonthlyRate: amount.exactOptional(),
});

export const message = fields({
  id: oneLine(100),
  to: phoneNumber,
  message: text(LONGEST_MESSAGE),
  confirmDelivery: truth
    .meta({ description: 'Ask the vendor whether it arrived where no webhook tells. Default: false.' })
    .exactOptional(),
});

const messages = list(message, 'messages', MOST_MESSAGES).superRefine((given, context) => {
  if (jsonBytes(given) > REQUEST_TEXTS_BYTES) {
    const must = `must have at most ${REQUEST_TEXTS_BYTES} bytes together: send the others once the number is leased`;
    context.addIssue({ code: 'custom', message: must });
  }
  const seen = new Map<string, number>();
  given.forEach(({ id }, index) => {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: `must be unique: messages[${first}] has it too`,
      });
  });
});

const releasePolling = fields({
  initial: durationWithin(SECOND_MS, HOUR_MS).exactOptional(),
  backoff: numberWithin(1, 10).exactOptional(),
  max: durationWithin(SECOND_MS, HOUR_MS).exactOptional(),
  escalateAfter: durationWithin(SECOND_MS, 30 * 24 * HOUR_MS).exactOptional(),
}).superRefine((given, context) => {
  const initial = parseDuration(given.initial) ?? DEFAULTS.polling.initialMs;
  const max = parseDuration(given.max) ?? DEFAULTS.polling.maxMs;
  if (max >= initial) return;
  const message = given.max
    ? `must be at least releasePolling.initial, which is ${formatDuration(initial)}`
    : `is ${formatDuration(max)} where it is not given: with an initial of ${formatDuration(initial)} give a longer one`;
  context.addIssue({ code: 'custom', path: ['max'], message });
});

const pacing = fields({
  perSecond: z
    .custom<number>(
      (value) => typeof value === 'number' && value >= SLOWEST_PACE && value <= 100,
      `must be a number above 0: from ${SLOWEST_PACE} to 100`,
    )
    .meta({ type: 'number', minimum: SLOWEST_PACE, maximum: 100 })
    .exactOptional(),
  burst: wholeNumberWithin(1, 1_000).exactOptional(),
});

const labels = z
  .custom<Labels>()
  .superRefine((given, context) => {
    const problem = labelsProblem(given);
    if (!problem) return;
    context.addIssue({
      code: 'custom',
      path: problem.key === undefined ? [] : [problem.key],
      message: problem.must,
    });
  })
  .meta({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Words of your own to list by and to limit by; at most 20.',
    examples: [{ tenant: 'acme' }],
  });

export const provisionRequest = fields({
  reference: oneLine(200),
  number: phoneNumber.exactOptional(),
  criteria: criteria.exactOptional(),
  billingMethod: choice(BILLING_METHODS).exactOptional(),
  limits: limits.exactOptional(),
  maxNumbersLeased: wholeNumberWithin(1, 100).exactOptional(),
  acquireTimeout: durationWithin(SECOND_MS, 30 * 24 * HOUR_MS).exactOptional(),
  term: duration.exactOptional(),
  until: untilWords.exactOptional(),
  ...endFields,
  messages: messages.exactOptional(),
  terminateAfterMessages: truth.exactOptional(),
  releasePolling: releasePolling.exactOptional(),
  settleWindow: durationWithin(SECOND_MS, HOUR_MS).exactOptional(),
  pacing: pacing.exactOptional(),
  labels: labels.exactOptional(),
}).superRefine((given, context) => {
  const together = (path: string, other: string) =>
    context.addIssue({
      code: 'custom',
      path: [path],
      message: `cannot be given together with ${other}: give one of the two`,
    });
  if (given.number !== undefined && given.criteria !== undefined) together('criteria', 'number');
  if (given.term !== undefined && given.until !== undefined) together('until', 'term');
  checkEnding(given, context);
});

export const extendRequest = fields({
  term: duration.exactOptional(),
  until: untilWords.exactOptional(),
}).superRefine((given, context) => {
  if ((given.term === undefined) === (given.until === undefined)) {
    context.addIssue({ code: 'custom', path: [], message: 'needs one of term and until, and not both' });
  }
});

/**
 * The request, checked: country codes are in upper case, nothing else is changed and no default is filled in.
 * @param now epoch milliseconds that `until` must be after
 * @throws InvalidRequestError that names the first wrong field
 */
export function parseProvisionRequest(input: unknown, now?: number): ProvisionRequest {
  const request = parse(provisionRequest, input);
  checkEnd(request.until, now);
  return request;
}

/** @throws InvalidRequestError */
export function parseMessage(input: unknown): Message {
  return parse(message, input);
}

/** @throws InvalidRequestError */
export function parseExtendRequest(input: unknown, now?: number): ExtendRequest {
  const { term, until } = parse(extendRequest, input);
  checkEnd(until, now);
  return until === undefined ? { term: term ?? '' } : { until };
}

/** An end that was over before the lease began, or that no timer can wait for, is a slip of the pen. */
function checkEnd(until: string | undefined, now: number | undefined): void {
  const end = instantOf(until);
  if (until === undefined || typeof end !== 'number' || now === undefined) return;
  if (end <= now) {
    const clock = new Date(now).toISOString();
    throw new InvalidRequestError(`until must be in the future (now is ${clock}), got "${until}"`, 'until');
  }
  if (end > now + FURTHEST_END_MS) {
    throw new InvalidRequestError(`until must be within 100 years, got "${until}"`, 'until');
  }
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const plain = asJson(input);
  const parsed = schema.safeParse(plain);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues, plain);
}

/** As it will go over the wire: fields that are undefined are not there, dates are instants. */
function asJson(input: unknown): unknown {
  try {
    const json: unknown = JSON.stringify(input);
    return typeof json === 'string' ? JSON.parse(json) : undefined;
  } catch {
    throw new InvalidRequestError('the request must be plain JSON', '');
  }
}
