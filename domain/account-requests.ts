/** The check of requests that are about the whole account. Not for workflow code: it brings zod along. */
import { z } from 'zod';
import { ADOPT_TERMS, adoptedReference, type AdoptRequest } from './adoption.js';
import { InvalidRequestError, invalidRequest } from './invalid-request.js';
import { E164_HINT, isPhoneNumber } from './phone-number.js';
import { parseProvisionRequest } from './request.js';

export { InvalidRequestError } from './invalid-request.js';

const MOST_NUMBERS = 1_000;

const truth = z.boolean({ error: 'must be true or false' });
const numbers = z
  .array(z.custom<string>(isPhoneNumber, `must be ${E164_HINT}`), { error: 'must be a list of numbers' })
  .min(1, 'must be a list of at least one number')
  .max(MOST_NUMBERS, `must be a list of at most ${MOST_NUMBERS} numbers`);
const prefix = z.custom<string>(
  (value) => typeof value === 'string' && /^[^\p{Cc}]{1,100}$/u.test(value.trim()),
  'must be a text of 1 to 100 characters without control characters',
);

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
