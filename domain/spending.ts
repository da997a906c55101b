/** Words of the spending limits: what may be held and spent in all, by an account and by each label of it. */
import { parseDuration } from './duration.js';
import type { Failure } from './failures.js';
import type { Labels } from './labels.js';
import type { Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';

/** The most that one scope, the account or one label, may hold and spend. */
export interface SpendingLimit {
  /** Where it is given, a number at another currency or an unknown price is not taken. Needed for sums. */
  currency?: string;
  maxLeases?: number;
  /** The sum of the monthly rates of all that is held. */
  maxMonthly?: number;
  /** Upfront fees within any span of this length, also of leases that were given back since. */
  maxUpfront?: { amount: number; per: string };
}

/** As a worker is configured. `labels.tenant.acme` holds for the label `tenant=acme`, `labels.tenant["*"]` for each other one. */
export interface SpendingLimits {
  account?: SpendingLimit;
  labels?: Record<string, Record<string, SpendingLimit>>;
}

export const ACCOUNT = 'account';

/** What a run of a number tells the spending book. */
export interface Posting {
  /**
   * `reserve`: before the lease call. `confirm`: it is leased, at this price. `free`: it is over, and the upfront fee
   * was spent where `leased` says so.
   */
  op: 'reserve' | 'confirm' | 'free';
  number: PhoneNumber;
  /** The first run of the lease: whose entry it is. */
  runId: string;
  price?: Pricing;
  labels?: Labels;
  /** With `free`. */
  leased?: boolean;
}

export type Posted = { granted: true } | { granted: false; failure: Failure };

/** One update of the book: all that waited in one worker, and the limits that it is configured with. */
export interface Postings {
  limits: SpendingLimits;
  postings: Posting[];
}

/** A lease that an open run holds, as Temporal tells it. */
export interface SurveyedLease {
  number: PhoneNumber;
  runId: string;
  /** Epoch milliseconds: since when it counts. */
  at: number;
  price?: Pricing;
  labels?: Labels;
  /** The run says itself when it is over. */
  tells: boolean;
}

/** Who holds an entry of the book. */
export interface Holder {
  number: PhoneNumber;
  runId: string;
}

/** `ended`: runs of entries that are closed. `killed`: those that did not end by themselves, so their numbers may be leased. */
export interface Survey {
  open: SurveyedLease[];
  ended: string[];
  killed: string[];
}

/** What one scope holds and spends now, and what it may. Amounts in whole units, by currency. */
export interface ScopeFigures {
  /** `account`, or a label: `tenant=acme`. */
  scope: string;
  leases: number;
  maxLeases?: number;
  monthly: Record<string, number>;
  maxMonthly?: number;
  /** Within the period of `maxUpfront`; there only with that limit. */
  upfront?: number;
  maxUpfront?: { amount: number; per: string };
  /** Of the limits. */
  currency?: string;
  /** Leases whose price nobody knows: they are in no sum. */
  unpriced: number;
}

/** Answer of the query `figures`. */
export interface SpendingFigures {
  /** The account first, then each label that has a limit. */
  scopes: ScopeFigures[];
}

/** The limit of a scope; the account's, or a label's own or else that of `*`. */
export function limitOf({ account, labels }: SpendingLimits, scope: string): SpendingLimit | undefined {
  if (scope === ACCOUNT) return account;
  const at = scope.indexOf('=');
  const values = own(labels, scope.slice(0, at));
  return own(values, scope.slice(at + 1)) ?? own(values, '*');
}

/** A label may be called as every object's own things are: `constructor`. */
function own<T>(values: Record<string, T> | undefined, key: string): T | undefined {
  return values && Object.hasOwn(values, key) ? values[key] : undefined;
}

/** Every scope that a lease with these labels counts in, where values of these label keys are limited. */
export function scopesOf(limitedKeys: Iterable<string>, labels: Labels = {}): string[] {
  const limited = new Set(limitedKeys);
  const own = Object.entries(labels).filter(([key]) => limited.has(key));
  return [ACCOUNT, ...own.map(([key, value]) => `${key}=${value}`)];
}

export const limitedKeys = ({ labels = {} }: SpendingLimits): string[] => Object.keys(labels);

/** Currencies that a number must be priced in, all of them, for a lease with these labels. */
export function currenciesOf(limits: SpendingLimits | undefined, labels?: Labels): string[] {
  if (!limits) return [];
  return scopesOf(limitedKeys(limits), labels).flatMap((scope) => limitOf(limits, scope)?.currency ?? []);
}

export function periodOf({ maxUpfront }: SpendingLimit): number {
  return parseDuration(maxUpfront?.per) ?? 0;
}
