/** The check of requests that are about the whole account. Not for workflow code: it brings zod along. */
import { z } from 'zod';
import { ADOPT_TERMS, adoptedReference, type AdoptRequest } from './adoption.js';
import { InvalidRequestError, invalidRequest } from './invalid-request.js';
import {
  FINDING_KINDS,
  POLICIES,
  type ReconcileRequest,
  type ReconcileScheduleRequest,
} from './reconciliation.js';
import {
  durationWithin,
  fields,
  HOUR_MS,
  phoneNumber,
  SECOND_MS,
  truth,
  wholeNumberWithin,
} from './request-parts.js';
import { parseProvisionRequest, provisionRequest } from './request.js';

export { InvalidRequestError } from './invalid-request.js';

const MOST_NUMBERS = 1_000;

const numbers = z
  .array(phoneNumber, { error: 'must be a list of numbers' })
  .min(1, 'must be a list of at least one number')
  .max(MOST_NUMBERS, `must be a list of at most ${MOST_NUMBERS} numbers`);
const prefix = z
  .custom<string>(
    (value) => typeof value === 'string' && /^[^\p{Cc}]{1,100}$/u.test(value.trim()),
    'must be a text of 1 to 100 characters without control characters',
  )
  .meta({ type: 'string', minLength: 1, maxLength: 100 });

const adoption = z
  .strictObject({
    numbers: numbers.exactOptional(),
    all: truth.exactOptional(),
    referencePrefix: prefix.exactOptional(),
    dryRun: truth.exactOptional(),
  })
  .superRefine((given, context) => {
    if ((given.numbers === undefined) !== (given.all === true)) {
      context.addIssue({ code: 'custom', path: ['numbers'], message: 'or all is needed, and not both' });
    }
  });

/** Every field of an adoption; what cannot be meant together is told by `parseAdoptRequest`. */
export const adoptRequest = fields({ ...adoption.shape, ...termFields() });

function termFields(): Pick<typeof provisionRequest.shape, (typeof ADOPT_TERMS)[number]> {
  const { term, until, releasePolling, settleWindow, pacing, labels } = provisionRequest.shape;
  const { protected: isProtected, grace, warnBefore, autoRenew, health } = provisionRequest.shape;
  const end = { protected: isProtected, grace, warnBefore, autoRenew, health };
  return { term, until, releasePolling, settleWindow, pacing, labels, ...end };
}

/**
 * @param now epoch milliseconds that `until` must be after
 * @throws InvalidRequestError that names the first wrong field
 */
export function parseAdoptRequest(input: unknown, now?: number): AdoptRequest {
  const [own, terms] = split(input, Object.keys(adoption.shape), ADOPT_TERMS);
  const parsed = adoption.safeParse(own);
  if (!parsed.success) throw invalidRequest(parsed.error.issues, own);
  parseProvisionRequest({ ...terms, reference: adoptedReference('') }, now);
  return { ...parsed.data, ...terms };
}

const YEAR_MS = 366 * 24 * HOUR_MS;
const MOST_A_PASS = 1_000;

const policies = fields(
  Object.fromEntries(
    FINDING_KINDS.map((kind) => {
      const choices: readonly string[] = POLICIES[kind];
      return [kind, z.enum(choices, { error: `must be ${choices.join(', ')}` }).exactOptional()];
    }),
  ),
);

const reconciliation = z
  .strictObject({
    policies: policies.exactOptional(),
    ignore: numbers.exactOptional(),
    only: numbers.exactOptional(),
    delay: durationWithin(SECOND_MS, YEAR_MS).exactOptional(),
    atMost: wholeNumberWithin(1, MOST_A_PASS).exactOptional(),
    confirmAfter: durationWithin(SECOND_MS, HOUR_MS).exactOptional(),
    referencePrefix: prefix.exactOptional(),
  })
  .superRefine(({ ignore = [], only = [] }, context) => {
    const both = only.findIndex((number) => ignore.includes(number));
    if (both < 0) return;
    context.addIssue({ code: 'custom', path: ['only', both], message: 'is in ignore as well' });
  });

/** With these a number would be kept, or be given back at another time than after the delay. */
const AGAINST_THE_DELAY = ['term', 'until', 'protected', 'autoRenew'] as const;

/**
 * @param now epoch milliseconds that `until` must be after
 * @throws InvalidRequestError that names the first wrong field
 */
export function parseReconcileRequest(input: unknown, now?: number): ReconcileRequest {
  const [own, terms] = split(input ?? {}, Object.keys(reconciliation.shape), ADOPT_TERMS);
  const parsed = reconciliation.safeParse(own);
  if (!parsed.success) throw invalidRequest(parsed.error.issues, own);
  parseProvisionRequest({ ...terms, reference: adoptedReference('') }, now);
  const request = { ...parsed.data, ...terms } as ReconcileRequest;
  if (request.policies?.orphan !== 'terminate') return request;
  const against = AGAINST_THE_DELAY.find((field) => request[field] !== undefined);
  if (against === undefined) return request;
  const message = `${against} is not for the policy terminate: what is adopted goes back after the delay`;
  throw new InvalidRequestError(message, against);
}

const every = z.strictObject({ every: durationWithin(5 * SECOND_MS, YEAR_MS) });

/** @throws InvalidRequestError that names the first wrong field */
export function parseReconcileSchedule(input: unknown): ReconcileScheduleRequest {
  const [own, request] = split(input, ['every'], [...Object.keys(reconciliation.shape), ...ADOPT_TERMS]);
  const parsed = every.safeParse(own);
  if (!parsed.success) throw invalidRequest(parsed.error.issues, own);
  if (request['until'] === undefined) return { ...parsed.data, ...parseReconcileRequest(request) };
  const message = 'until is not for a Schedule, which goes on after it: give term instead';
  throw new InvalidRequestError(message, 'until');
}

type Fields = Record<string, unknown>;

/** The fields that are this request's own, and those that it shares with others. */
function split(input: unknown, own: readonly string[], shared: readonly string[]): [Fields, Fields] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidRequestError('the request must be an object', '');
  }
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const known = [...own, ...shared];
  const unknown = given.find(([field]) => !known.includes(field))?.[0];
  if (unknown !== undefined) {
    const message = `${unknown} is not a known field (known are: ${known.join(', ')})`;
    throw new InvalidRequestError(message, unknown);
  }
  const only = (fields: readonly string[]) =>
    Object.fromEntries(given.filter(([field]) => fields.includes(field)));
  return [only(own), only(shared)];
}
