/** The check of a request for many numbers. Not for workflow code: it brings zod along. */
import { z } from 'zod';
import { InvalidRequestError, invalidRequest } from './invalid-request.js';
import { BATCH_FIELDS, itemRequest, MOST_ITEMS, WIDEST_WINDOW, type ManyRequest } from './many.js';
import { parseProvisionRequest } from './request.js';
import { amount, fields } from './request-parts.js';
import { jsonBytes } from './sizes.js';

/** A whole window of items may start in one step, and Temporal takes at most 4 MB for that. */
const ITEM_BYTES = 16_000;

const wholeNumber = (most: number) =>
  z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most,
    `must be a whole number from 1 to ${most}`,
  );

const batch = fields({
  count: wholeNumber(MOST_ITEMS),
  window: wholeNumber(WIDEST_WINDOW).exactOptional(),
  stopAfterFailures: wholeNumber(MOST_ITEMS).exactOptional(),
  budget: fields({ maxMonthly: amount.exactOptional(), maxUpfront: amount.exactOptional() }).exactOptional(),
});

/**
 * @param now epoch milliseconds that `until` must be after
 * @throws InvalidRequestError that names the first wrong field
 */
export function parseManyRequest(input: unknown, now?: number): ManyRequest {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidRequestError('the request must be an object', '');
  }
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const own: readonly string[] = BATCH_FIELDS;
  const ofBatch = Object.fromEntries(given.filter(([field]) => own.includes(field)));
  const parsed = batch.safeParse(ofBatch);
  if (!parsed.success) throw invalidRequest(parsed.error.issues, ofBatch);
  const wanted = parseProvisionRequest(
    Object.fromEntries(given.filter(([field]) => !own.includes(field))),
    now,
  );
  const { number, ...rest } = wanted;
  if (number !== undefined) {
    throw new InvalidRequestError('number cannot be given together with count: many are asked for', 'number');
  }
  const request = { ...rest, ...parsed.data };
  checkItems(request);
  checkBudget(request);
  return request;
}

/** The longest of the items' references, and the bytes that each brings along. */
function checkItems(request: ManyRequest): void {
  const last = itemRequest(request, request.count);
  if (last.reference.length > 200) {
    const most = 200 - (last.reference.length - request.reference.length);
    const message = `reference must be a text of 1 to ${most} characters: each number has its own, up to -${request.count}`;
    throw new InvalidRequestError(message, 'reference');
  }
  if (jsonBytes(last) <= ITEM_BYTES) return;
  const message = `messages must leave the request below ${ITEM_BYTES} bytes: send the others once the numbers are leased`;
  throw new InvalidRequestError(message, 'messages');
}

/** What one item may cost at most is what it counts for before it is leased. */
function checkBudget({ budget, limits }: ManyRequest): void {
  if (!budget) return;
  const pairs = [
    ['maxMonthly', budget.maxMonthly, 'maxMonthlyRate', limits?.maxMonthlyRate],
    ['maxUpfront', budget.maxUpfront, 'maxUpfrontFee', limits?.maxUpfrontFee],
  ] as const;
  if (pairs.every(([, most]) => most === undefined)) {
    throw new InvalidRequestError('budget must have maxMonthly, maxUpfront or both', 'budget');
  }
  for (const [field, most, limit, each] of pairs) {
    if (most === undefined) continue;
    if (each === undefined) {
      const message = `limits.${limit} is missing: budget.${field} needs to know what one number costs at most`;
      throw new InvalidRequestError(message, `limits.${limit}`);
    }
    if (most >= each) continue;
    const message = `budget.${field} must be at least limits.${limit}, which is ${each}, got ${most}`;
    throw new InvalidRequestError(message, `budget.${field}`);
  }
}
