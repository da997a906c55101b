/** The contract of `adoptNumbers`: runs for numbers that the account leases already, and that no run owns. */
import type { ProvisionRequest } from './contract.js';
import type { Failure } from './failures.js';
import type { Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';

/** What a provision can ask for and an adoption as well: it holds from the adoption on. */
export const ADOPT_TERMS = [
  'term',
  'until',
  'releasePolling',
  'settleWindow',
  'pacing',
  'labels',
  'protected',
  'grace',
  'warnBefore',
  'autoRenew',
  'health',
] as const;
export type AdoptTerms = Pick<ProvisionRequest, (typeof ADOPT_TERMS)[number]>;

/** Input of `adoptNumbers`: either `numbers` or `all`. */
export interface AdoptRequest extends AdoptTerms {
  numbers?: PhoneNumber[];
  /** Every number that the account leases and no open run owns. */
  all?: boolean;
  /** The reference of each lease is this, a slash and the number; default `adopted`. */
  referencePrefix?: string;
  /** Says what would be done, and starts nothing. */
  dryRun?: boolean;
}

/**
 * `adopted`: its run has verified the lease and is active. `adopting`: its run is started and still at it.
 * `adoptable`: it would be adopted, in a dry run. `refused`: with `failure`.
 */
export type AdoptOutcome = 'adopted' | 'adopting' | 'adoptable' | 'refused';

export interface AdoptedNumber {
  number: PhoneNumber;
  outcome: AdoptOutcome;
  reference: string;
  leaseId?: string;
  failure?: Failure;
  /** With `adoptable`. */
  plan?: AdoptionPlan;
}

/** What a number costs that would be adopted. Nothing is paid for the adoption itself. */
export interface AdoptionPlan {
  /** Absent where the vendor names none. */
  price?: Pricing;
  /** When the next month is charged, as far as the vendor tells; ISO 8601. */
  paidUntil?: string;
  /** The deadline that it would get; absent: leased until told. */
  expiresAt?: string;
}

/** Result of `adoptNumbers`. */
export interface AdoptReport {
  counts: Record<AdoptOutcome, number>;
  /** The first 1,000; the counts are of all. */
  numbers: AdoptedNumber[];
  /** With `all`: how many leased numbers have an open run already. */
  owned?: number;
  /** In a dry run: what all that would be adopted costs a month, by currency. */
  monthly?: Record<string, number>;
}

export const ADOPTED_PREFIX = 'adopted';

export function adoptedReference(number: PhoneNumber, prefix = ADOPTED_PREFIX): string {
  return `${prefix}/${number}`;
}

export function adoptTermsOf(request: AdoptTerms): AdoptTerms {
  const fields: readonly string[] = ADOPT_TERMS;
  return Object.fromEntries(Object.entries(request).filter(([field]) => fields.includes(field)));
}
