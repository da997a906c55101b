/** The contract of `provisionMany`: one request for many numbers, each leased as if it had been asked for by itself. */
import type { ProvisionRequest } from './contract.js';
import type { Failure, FailureType } from './failures.js';
import type { PhoneNumber } from './phone-number.js';

export const MOST_ITEMS = 10_000;
export const WIDEST_WINDOW = 100;
const DEFAULT_WINDOW = 10;

/** What all numbers of one batch may cost together, in the currency of its `limits`. */
export interface ManyBudget {
  /** Sum of the monthly rates; needs `limits.maxMonthlyRate`. */
  maxMonthly?: number;
  /** Sum of the upfront fees; needs `limits.maxUpfrontFee`. */
  maxUpfront?: number;
}

/** Input of `provisionMany`. The items' references are the batch's with `-1` to `-<count>` behind it. */
export interface ManyRequest extends Omit<ProvisionRequest, 'number'> {
  /** 1 to 10,000. */
  count: number;
  /** Items under way at a time, 1 to 100; default 10. */
  window?: number;
  /** After so many failed items no more are started; default: all are tried. */
  stopAfterFailures?: number;
  /** No item is started that could pass it. */
  budget?: ManyBudget;
}

export type ManyItemState = 'leased' | 'failed' | 'cancelled' | 'underway' | 'not-started';

/** The fields of a `ManyRequest` that no item has. */
export const BATCH_FIELDS = ['count', 'window', 'stopAfterFailures', 'budget'] as const;

/** What an item has come to. */
export interface ManyItem {
  state: ManyItemState;
  /** Where it is leased. */
  number?: PhoneNumber;
  /** Where it failed. */
  failure?: FailureType;
}

/**
 * Why items were left out: `cancelled`; `failures`, as many as the request allows; `budget`, used up; `refused`, with a
 * failure that every other item would meet as well.
 */
export interface ManyStop {
  why: 'cancelled' | 'failures' | 'budget' | 'refused';
  message: string;
  failure?: Failure;
}

export interface ManyFailure {
  /** 1 to `count`. */
  item: number;
  failure: Failure;
}

export type ManyCounts = Record<'leased' | 'failed' | 'cancelled' | 'underway' | 'notStarted', number>;

/** Answer of `provisionMany`'s query `progress`, and its result. */
export interface ManyReport {
  reference: string;
  /** `stopping`: no more are started, some are still under way. */
  state: 'running' | 'stopping' | 'done';
  count: number;
  counts: ManyCounts;
  /** Sums of what is leased, whole units by currency. */
  monthly: Record<string, number>;
  upfront: Record<string, number>;
  stopped?: ManyStop;
  /** The last 50, in the words of each. */
  failures: ManyFailure[];
  /** One for each reference, in their order. */
  items: ManyItem[];
}

/** What a batch knows when it goes on in a new run, or is asked for again after it was stopped. */
export interface CarriedMany {
  /** As `packItem` makes them. */
  items: string[];
  monthly: Record<string, number>;
  upfront: Record<string, number>;
  /** The request has been checked. */
  checked?: true;
  stopped?: ManyStop;
  failures?: ManyFailure[];
}

/** What came of one item. */
export type ItemOutcome = { leased: ItemLease } | { failure: Failure } | { cancelled: true };
export interface ItemLease {
  number: PhoneNumber;
  billing: { price?: { currency: string; monthlyRate: number; upfrontFee: number } };
}

/** @param item 1 to `count` */
export function itemReference(reference: string, item: number): string {
  return `${reference}-${item}`;
}

/** The request of one item: what somebody would ask who wanted that one alone. */
export function itemRequest(request: ManyRequest, item: number): ProvisionRequest {
  return { ...wantedOf(request), reference: itemReference(request.reference, item) };
}

/** What is asked for, without how many and how to go about it. */
export function wantedOf(request: ManyRequest): ProvisionRequest {
  const fields: readonly string[] = BATCH_FIELDS;
  const wanted = Object.entries(request).filter(([field]) => !fields.includes(field));
  return Object.fromEntries(wanted) as unknown as ProvisionRequest;
}

export function windowOf({ window = DEFAULT_WINDOW }: ManyRequest): number {
  return window;
}

const UNDERWAY = '~';
const CANCELLED = 'x';

/** One short text: ten thousand of them must fit into the input of a run. */
export function packItem({ state, number = '', failure = 'UnexpectedResponse' }: ManyItem): string {
  if (state === 'leased') return number;
  if (state === 'failed') return failure;
  if (state === 'underway') return UNDERWAY;
  return state === 'cancelled' ? CANCELLED : '';
}

export function unpackItem(text: string): ManyItem {
  if (text === '') return { state: 'not-started' };
  if (text === UNDERWAY) return { state: 'underway' };
  if (text === CANCELLED) return { state: 'cancelled' };
  if (text.startsWith('+')) return { state: 'leased', number: text };
  return { state: 'failed', failure: text as FailureType };
}

/** With what a batch that was stopped goes on: what is leased stays so, everything else is tried again. */
export function carriedFrom({ items, monthly, upfront }: ManyReport): CarriedMany {
  return { items: items.map((it) => (it.state === 'leased' ? packItem(it) : '')), monthly, upfront };
}
