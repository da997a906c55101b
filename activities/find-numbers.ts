import type { Answer } from '../contiguity/index.js';
import type { ProvisionRequest } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import { matches, rank, spread } from '../domain/find.js';
import type { LeaseTerms, Offer } from '../domain/lease-input.js';
import { currenciesOf } from '../domain/spending.js';
import { formatMoney, overLimit } from '../domain/money.js';
import { isLeasable, type NumberRecord } from '../domain/number-record.js';
import type { Read } from '../domain/outcome.js';
import { InvalidRequestError, parseProvisionRequest } from '../domain/request.js';
import { termsOf } from '../domain/terms.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { earlierRuns, type EarlierRuns } from './earlier-runs.js';

/** How many offers one search hands out; a provision that was refused all of them searches again. */
const OFFERS_A_SEARCH = 8;

export interface FindNumbers {
  request: ProvisionRequest;
  /** Numbers that this provision has tried already. */
  tried: string[];
  /** Of the provision: other runs of its reference are looked for as well. Not given: there is none, it is a plan. */
  provisionRunId?: string;
}

/** What was found: offers, best first, or why there are none. */
export type Found = { terms: LeaseTerms; offers: Offer[]; earlier?: EarlierRuns } | { failure: Failure };

/**
 * Validates the request (a run started from another language passed no check of ours) and finds the numbers worth
 * trying: `GET /numbers/{n}` for a named number, else `GET /numbers/leases`, shared by all searches of a moment.
 * @param claims false: nobody will go for what is found
 */
export function findNumbersActivity({ api, inventory, now, limits, temporal }: Shared, claims = true) {
  return async ({ request, tried, provisionRunId }: FindNumbers): Promise<Read<Found>> => {
    const checked = check(request, await now());
    if ('failure' in checked) return { answered: true, value: checked };
    const { valid, terms } = checked;
    const { reference } = valid;
    const [read, earlier] = await Promise.all([
      search(valid, terms, tried),
      provisionRunId === undefined ? undefined : earlierRuns(temporal, { reference, provisionRunId, tried }),
    ]);
    if (!earlier) return read;
    // Their answers come first, and by then these offers are old.
    if (earlier.toAsk.length > 0) return { answered: true, value: { terms, offers: [], earlier } };
    return read.answered ? { ...read, value: { ...read.value, earlier } } : read;
  };

  async function search(valid: ProvisionRequest, terms: LeaseTerms, tried: string[]): Promise<Read<Found>> {
    const { number } = valid;
    if (number !== undefined) {
      if (tried.includes(number)) return { answered: true, value: { terms, offers: [] } };
      const read = await found(
        () => api.lease.get(number),
        terms,
        (record) => only(record, valid),
      );
      return isUnknownNumber(read) ? { answered: true, value: { failure: unknownNumber(number) } } : read;
    }
    const ask = (fresh: boolean) => found(() => inventory.read(fresh), terms, chooseFor(valid, tried));
    const shared = await ask(false);
    return tried.length > 0 && isUsedUp(shared) ? ask(true) : shared;
  }

  /** Offers for one provision, of what an answer of the inventory has. */
  function chooseFor(valid: ProvisionRequest, tried: string[]) {
    return (records: NumberRecord[], askedAt: number) => {
      const untried = records.filter((record) => !tried.includes(record.number));
      const ranked = best(untried, valid, currenciesOf(limits, valid.labels));
      if (!Array.isArray(ranked)) return ranked;
      const { free, claimed } = inventory.divide(ranked, askedAt);
      // The reference decides among equally good numbers: concurrent searches do not all go for the same one, and a plan
      // tells the very order of the provision that follows it.
      const offers = [...spread(free, valid.reference, inventory.underWay), ...claimed].slice(
        0,
        OFFERS_A_SEARCH,
      );
      // Searches that wait for one answer go on in the same moment: each must see what the one before it chose.
      if (claims && offers[0]) inventory.claimAt(askedAt, offers[0].number);
      return offers;
    };
  }

  async function found<T>(
    ask: () => Promise<Answer<T>>,
    terms: LeaseTerms,
    choose: (data: T, askedAt: number) => NumberRecord[] | Failure,
  ): Promise<Read<Found>> {
    const askedAt = await now();
    const read = await readOf(ask(), (data) => choose(data, askedAt));
    if (!read.answered) return read;
    const value = Array.isArray(read.value)
      ? { terms, offers: read.value.map((record) => offer(record, read.vendorTime)) }
      : { failure: read.value };
    return { ...read, value };
  }
}

function check(
  request: ProvisionRequest,
  now: number,
): { valid: ProvisionRequest; terms: LeaseTerms } | { failure: Failure } {
  try {
    const valid = parseProvisionRequest(request, now);
    return { valid, terms: termsOf(valid) };
  } catch (error) {
    if (error instanceof InvalidRequestError) return { failure: error.failure };
    throw error;
  }
}

/** There is nothing left that this provision has not tried. */
function isUsedUp(read: Read<Found>): boolean {
  return read.answered && ('failure' in read.value || read.value.offers.length === 0);
}

function isUnknownNumber(read: Read<Found>): boolean {
  return !read.answered && read.call.status === 404 && read.call.byVendor;
}

function unknownNumber(number: string): Failure {
  return failure('NumberUnavailable', `the vendor knows no number ${number}`, { field: 'number' });
}

/** @param freeAt the vendor's clock at the read that showed the number free, epoch milliseconds; where it named one */
export function offer(record: NumberRecord, freeAt?: number): Offer {
  const { number, requirements, channels, reputation, pricing } = record;
  return {
    number,
    requirements,
    channels,
    reputation,
    ...(freeAt !== undefined && { freeAt }),
    ...(pricing && { price: pricing }),
  };
}

/** The one number that was asked for, or why it is not to be had. */
function only(record: NumberRecord, request: ProvisionRequest): NumberRecord[] | Failure {
  if (!isLeasable(record)) {
    const why = record.lease ? 'the account leases it already' : `its status is ${record.status}`;
    return failure('NumberUnavailable', `${record.number} cannot be leased: ${why}`, { field: 'number' });
  }
  const over = overLimit(record.pricing, request.limits);
  if (over) return failure('LimitExceeded', `${record.number} is not taken: ${over}`, { field: 'limits' });
  return [record];
}

/** What fits of the inventory, best first, or why there is nothing. */
function best(
  records: NumberRecord[],
  request: ProvisionRequest,
  currencies: string[],
): NumberRecord[] | Failure {
  const criteria = request.criteria ?? {};
  const matching = records.filter((record) => isLeasable(record) && matches(record, criteria));
  const payable = matching.filter(({ pricing }) => currencies.every((each) => each === pricing?.currency));
  const ranked = rank(payable, criteria, request.limits);
  if (matching.length > 0 && ranked.length === 0) return allOverLimit(matching, request);
  return ranked;
}

function allOverLimit(matching: NumberRecord[], { limits }: ProvisionRequest): Failure {
  const inCurrency = matching.flatMap(({ pricing }) =>
    pricing && pricing.currency === limits?.currency ? [pricing] : [],
  );
  const cheapest = inCurrency.toSorted(
    (a, b) => a.upfrontFee + a.monthlyRate - b.upfrontFee - b.monthlyRate,
  )[0];
  const price = cheapest
    ? `the cheapest costs ${formatMoney(cheapest.upfrontFee, cheapest.currency)} at once and ${formatMoney(cheapest.monthlyRate, cheapest.currency)} a month`
    : `none is priced in ${limits?.currency ?? 'that currency'}`;
  return failure('LimitExceeded', `${matching.length} numbers match, all over the limits: ${price}`, {
    field: 'limits',
  });
}
