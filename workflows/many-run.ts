import { condition, setCurrentDetails } from '@temporalio/workflow';
import type { Failure } from '../domain/failures.js';
import {
  itemReference,
  packItem,
  unpackItem,
  type CarriedMany,
  type ItemLease,
  type ItemOutcome,
  type ManyCounts,
  type ManyFailure,
  type ManyItem,
  type ManyReport,
  type ManyRequest,
  type ManyStop,
} from '../domain/many.js';
import { formatMoney, type Limits } from '../domain/money.js';

const FAILURES_SHOWN = 50;
/** The same would be said of every other item; a 403 only where the vendor says why: others answer it as well. */
const OF_ALL_ITEMS = new Set(['LimitExceeded', 'Unauthorized', 'InvalidRequest']);
const isOfAllItems = ({ type, agreementUrl }: Failure) =>
  OF_ALL_ITEMS.has(type) || (type === 'AccountRestricted' && agreementUrl !== undefined);

type Sums = Record<string, number>;

/** One run of `provisionMany`: which items are to be done, and what came of each. Costs no command by itself. */
export class ManyRun {
  request: ManyRequest;
  private readonly items: ManyItem[];
  /** Started by an earlier run of this batch: they are looked for before they are started. */
  private readonly joining: number[] = [];
  private readonly todo: number[] = [];
  private readonly underway = new Set<number>();
  private readonly monthly: Sums;
  private readonly upfront: Sums;
  private readonly failures: ManyFailure[];
  private stopped: ManyStop | undefined;

  constructor(request: ManyRequest, carried: CarriedMany | undefined) {
    this.request = request;
    const { items = [], monthly = {}, upfront = {}, failures = [], stopped } = carried ?? {};
    this.items = Array.from({ length: request.count }, (_, at) => unpackItem(items[at] ?? ''));
    this.items.forEach(({ state }, at) => {
      if (state === 'underway') this.joining.push(at + 1);
      if (state === 'not-started') this.todo.push(at + 1);
    });
    this.monthly = { ...monthly };
    this.upfront = { ...upfront };
    this.failures = [...failures];
    this.stopped = stopped;
    this.show();
  }

  /** The next item to see to; it waits where the budget may yet allow one. Undefined: there is none any more. */
  async take(): Promise<{ item: number; join: boolean } | undefined> {
    const joined = this.joining.shift();
    if (joined !== undefined) return { item: this.begin(joined), join: true };
    for (;;) {
      await condition(() => this.isOver || this.underway.size === 0 || this.overBudget() === undefined);
      if (this.isOver) return undefined;
      const over = this.overBudget();
      const item = over === undefined ? this.todo.shift() : undefined;
      if (item !== undefined) return { item: this.begin(item), join: false };
      // Another lane may have been quicker: then what it began tells later how much is left.
      if (over !== undefined && this.underway.size === 0) this.stop({ why: 'budget', message: over });
    }
  }

  settle(item: number, outcome: ItemOutcome): void {
    this.underway.delete(item);
    if ('leased' in outcome) this.lease(item, outcome.leased);
    else if ('failure' in outcome) this.fail(item, outcome.failure);
    else this.items[item - 1] = { state: 'cancelled' };
    this.show();
  }

  /** No more items are started; the first reason stays. */
  stop(why: ManyStop): void {
    this.stopped ??= why;
    this.show();
  }

  isCancelled(): boolean {
    return this.stopped?.why === 'cancelled';
  }

  /** The items that have a run of their own now, or are about to. */
  get inFlight(): number[] {
    return [...this.underway];
  }

  carry(): CarriedMany {
    const { monthly, upfront, failures, stopped } = this;
    const items = this.items.map(packItem);
    return { items, monthly, upfront, failures, checked: true, ...(stopped && { stopped }) };
  }

  report(): ManyReport {
    const { request, monthly, upfront, stopped, failures, items } = this;
    const { reference, count } = request;
    const counts = this.counts();
    const state = counts.underway > 0 || !this.isOver ? (stopped ? 'stopping' : 'running') : 'done';
    return {
      reference,
      state,
      count,
      counts,
      monthly,
      upfront,
      ...(stopped && { stopped }),
      failures,
      items,
    };
  }

  private get isOver(): boolean {
    return this.stopped !== undefined || this.todo.length === 0;
  }

  private begin(item: number): number {
    this.underway.add(item);
    this.items[item - 1] = { state: 'underway' };
    return item;
  }

  private lease(item: number, { number, billing }: ItemLease): void {
    this.items[item - 1] = { state: 'leased', number };
    const price = billing.price ?? priceAtMost(this.request.limits);
    if (!price) return;
    add(this.monthly, price.currency, price.monthlyRate);
    add(this.upfront, price.currency, price.upfrontFee);
  }

  private fail(item: number, failure: Failure): void {
    this.items[item - 1] = { state: 'failed', failure: failure.type };
    this.failures.push({ item, failure });
    this.failures.splice(0, this.failures.length - FAILURES_SHOWN);
    const { failed } = this.counts();
    const { stopAfterFailures = Number.POSITIVE_INFINITY } = this.request;
    if (isOfAllItems(failure)) this.stop({ why: 'refused', message: failure.message, failure });
    if (failed >= stopAfterFailures) this.stop({ why: 'failures', message: `${failed} items failed` });
  }

  /** Why no item may be started now: each that is under way counts with the most that it may cost. */
  private overBudget(): string | undefined {
    const { budget, limits } = this.request;
    if (!budget || !limits) return undefined;
    const { currency, maxMonthlyRate, maxUpfrontFee } = limits;
    const one = this.underway.size + 1;
    const rows = [
      ['a month', this.monthly, maxMonthlyRate, budget.maxMonthly],
      ['upfront', this.upfront, maxUpfrontFee, budget.maxUpfront],
    ] as const;
    for (const [what, sums, each = 0, most] of rows) {
      if (most === undefined || cents((sums[currency] ?? 0) + one * each) <= most) continue;
      const spent = formatMoney(sums[currency] ?? 0, currency);
      const left = `another number may cost ${formatMoney(each, currency)}`;
      return `${spent} of ${formatMoney(most, currency)} ${what} are spent, and ${left}`;
    }
    return undefined;
  }

  private counts(): ManyCounts {
    const counts: ManyCounts = { leased: 0, failed: 0, cancelled: 0, underway: 0, notStarted: 0 };
    for (const { state } of this.items) counts[state === 'not-started' ? 'notStarted' : state] += 1;
    return counts;
  }

  private show(): void {
    const { reference, count } = this.request;
    const sums = Object.entries(this.counts()).map(([state, sum]) => `${sum} ${state}`);
    const rows = [
      `| | |`,
      `| --- | --- |`,
      `| Batch | \`${reference}-1\` to \`-${count}\` |`,
      `| Items | ${sums.join(', ')} |`,
      ...(this.stopped ? [`| Stopped | ${this.stopped.why}: ${this.stopped.message} |`] : []),
    ];
    const failures = this.failures
      .slice(-20)
      .map(({ item, failure }) => `- ${itemReference(reference, item)}: ${failure.message}`);
    setCurrentDetails([...rows, '', ...failures].join('\n'));
  }
}

/** A lease whose price is unknown counts with the most that it may cost. */
function priceAtMost(limits: Limits | undefined) {
  if (!limits) return undefined;
  const { currency, maxMonthlyRate: monthlyRate = 0, maxUpfrontFee: upfrontFee = 0 } = limits;
  return { currency, monthlyRate, upfrontFee };
}

function add(sums: Sums, currency: string, amount: number): void {
  sums[currency] = cents((sums[currency] ?? 0) + amount);
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
