import type { Failure, LimitReached } from './failures.js';
import type { Labels } from './labels.js';
import { isSamePrice } from './money.js';
import type { Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';
import { exceeded, isOver, otherPrice } from './spending-refusals.js';
import { exact, Fees, Holdings, type Fee } from './spending-totals.js';
import {
  ACCOUNT,
  limitedKeys,
  limitOf,
  periodOf,
  scopesOf,
  type Holder,
  type Posted,
  type Posting,
  type ScopeFigures,
  type SpendingFigures,
  type SpendingLimit,
  type SpendingLimits,
  type Survey,
} from './spending.js';

/** So many leases fit into the input of a run, which Temporal limits to 2 MB. */
const ENTRIES_AT_MOST = 10_000;
/** Runs that were refused or are over: a late repeat of what they asked must not make an entry that nobody frees. */
const DONE_AT_MOST = 1_000;
const DONE_FOR_MS = 15 * 60_000;
const LONGEST_PERIOD_MS = 400 * 86_400_000;

/** What one number holds of the limits. One number is leased once at a time, so it is the key. */
interface Entry {
  runId: string;
  /** Epoch milliseconds: since when its upfront fee counts. */
  at: number;
  price: Pricing | undefined;
  /** The account and its labels. */
  scopes: string[];
  /** Its run was started without limits, and will not say when it is over. */
  silent: boolean;
}

type EntryRow = [PhoneNumber, string, number, number, number, string, number[], 0 | 1];

/** Plain and compact, so that it can be carried into a new run. */
export interface BookState {
  entries: EntryRow[];
  /** What the entries' scopes are indexes of; the account is in all. */
  scopes: string[];
  fees: Record<string, Fee[]>;
  done: [runId: string, at: number, failure?: Failure][];
  limits: SpendingLimits;
  /** Label keys of which each entry's value is known. */
  keys: string[];
}

/** Who holds how much of the limits: pure, so that it can be tested without Temporal. */
export class SpendingBook {
  private readonly entries = new Map<PhoneNumber, Entry>();
  private readonly holdings = new Map<string, Holdings>();
  /** By currency and scope; only where upfront fees are, or were, limited. */
  private readonly fees: Map<string, Fees>;
  private readonly done: Map<string, { at: number; failure?: Failure | undefined }>;
  /** As the worker that asked last was configured. */
  private limits: SpendingLimits;
  private readonly keys: Set<string>;

  constructor(state?: BookState) {
    for (const [number, runId, at, monthly, upfront, currency, scopes, silent] of state?.entries ?? []) {
      const price = currency === '' ? undefined : { currency, monthlyRate: monthly, upfrontFee: upfront };
      const named = scopes.map((index) => state?.scopes[index] ?? '');
      const entry = { runId, at, price, scopes: [ACCOUNT, ...named], silent: silent === 1 };
      this.entries.set(number, entry);
      this.count(entry, 1);
    }
    this.fees = new Map(Object.entries(state?.fees ?? {}).map(([key, fees]) => [key, new Fees(fees)]));
    this.done = new Map((state?.done ?? []).map(([runId, at, why]) => [runId, { at, failure: why }]));
    this.limits = state?.limits ?? {};
    this.keys = new Set(state?.keys);
  }

  /** Takes the limits of the worker that asks now. False: they are for labels that the entries' runs were not asked for. */
  adopt(limits: SpendingLimits): boolean {
    this.limits = limits;
    return limitedKeys(limits).every((key) => this.keys.has(key));
  }

  /** Keys of the labels that are limited, or were. */
  get labelKeys(): string[] {
    return [...new Set([...this.keys, ...limitedKeys(this.limits)])];
  }

  /** Entries whose end has to be found out. */
  get hasSilent(): boolean {
    return [...this.entries.values()].some(({ silent }) => silent);
  }

  /** Everything here may be repeated: the same run has one entry, and what is over stays over. */
  post(posting: Posting, now: number): Posted {
    const { op, number, runId, price } = posting;
    if (op === 'free') return this.free(posting, now);
    const over = this.done.get(runId);
    if (over) return { granted: false, failure: over.failure ?? isOver(posting) };
    const known = this.entries.get(number);
    const isMine = known?.runId === runId;
    if (isMine && (op === 'reserve' || isSamePrice(known.price, price))) return { granted: true };
    const refused = this.refusal(posting, now);
    // What is leased counts, whatever the limits say: it goes back at once.
    if (!refused || op === 'confirm') this.enter(posting, now);
    else this.finish(runId, now, refused);
    return refused ? { granted: false, failure: refused } : { granted: true };
  }

  /** For a run that was refused in the same breath, when room was found since. */
  reconsider(posting: Posting, now: number): Posted {
    this.done.delete(posting.runId);
    return this.post(posting, now);
  }

  /** Takes over what Temporal tells of the open runs. `thorough`: entries of runs that were killed are dropped as well. */
  reconcile({ open, ended, killed }: Survey, thorough: boolean, now: number): void {
    const gone = new Set(thorough ? [...ended, ...killed] : ended);
    for (const key of limitedKeys(this.limits)) this.keys.add(key);
    for (const [number, { runId }] of this.entries) if (gone.has(runId)) this.remove(number);
    for (const { number, runId, at, price, labels, tells } of open) {
      if (this.done.has(runId)) continue;
      const known = this.entries.get(number);
      const scopes = this.scopesOf(labels);
      const found = { runId, at: Math.min(at, now), price, scopes, silent: !tells };
      const isKnown = known?.runId === runId;
      if (!isKnown) this.bill(found, 1);
      this.remove(number);
      this.put(number, isKnown ? { ...known, scopes } : found);
    }
  }

  /** Who holds something: what a survey has to look for. */
  holders(): Holder[] {
    return [...this.entries].map(([number, { runId }]) => ({ number, runId }));
  }

  figures(now: number): SpendingFigures {
    const named = Object.entries(this.limits.labels ?? {}).flatMap(([key, values]) =>
      Object.keys(values).flatMap((value) => (value === '*' ? [] : [`${key}=${value}`])),
    );
    const others = [...new Set([...named, ...this.holdings.keys()])].filter(
      (scope) => scope !== ACCOUNT && limitOf(this.limits, scope),
    );
    return { scopes: [ACCOUNT, ...others.sort()].map((scope) => this.figuresOf(scope, now)) };
  }

  figuresOf(scope: string, now: number): ScopeFigures {
    const limit = limitOf(this.limits, scope) ?? {};
    const { leases = 0, allMonthly: monthly = {}, unpriced = 0 } = this.holdings.get(scope) ?? {};
    const { currency = '', maxUpfront } = limit;
    const upfront = maxUpfront && this.feesOf(scope, currency).since(now - periodOf(limit));
    return { scope, ...limit, leases, monthly, ...(upfront !== undefined && { upfront }), unpriced };
  }

  /** To go on from in a new run: without what is never asked for again. */
  state(now: number): BookState {
    this.forget(now);
    return this.snapshot();
  }

  /** A copy of everything: what is done with a book made from it changes nothing here. */
  snapshot(): BookState {
    const labels = [...this.holdings.keys()].filter((scope) => scope !== ACCOUNT);
    const indexes = new Map(labels.map((scope, index) => [scope, index]));
    const entries = [...this.entries].map(([number, { runId, at, price, scopes, silent }]): EntryRow => {
      const { monthlyRate = 0, upfrontFee = 0, currency = '' } = price ?? {};
      const owned = scopes.flatMap((scope) => indexes.get(scope) ?? []);
      return [number, runId, at, monthlyRate, upfrontFee, currency, owned, silent ? 1 : 0];
    });
    const done = [...this.done].map(([runId, { at, failure: why }]): BookState['done'][number] =>
      why ? [runId, at, why] : [runId, at],
    );
    const fees = Object.fromEntries([...this.fees].map(([key, { rows }]) => [key, rows]));
    return { entries, scopes: labels, fees, done, limits: this.limits, keys: [...this.keys] };
  }

  private free({ number, runId, leased, price, labels }: Posting, now: number): Posted {
    const known = this.entries.get(number);
    const isMine = known?.runId === runId;
    if (isMine && !leased) this.bill(known, -1);
    if (isMine) this.remove(number);
    else if (leased && !this.done.has(runId)) {
      this.bill({ runId, at: now, price, scopes: this.scopesOf(labels), silent: false }, 1);
    }
    this.finish(runId, now);
    return { granted: true };
  }

  /** A run that was killed may have left its entry: the number is leased once at a time, so the next run's takes its place. */
  private enter({ number, runId, price, labels }: Posting, now: number): void {
    const before = this.entries.get(number);
    if (before?.runId === runId) this.bill(before, -1);
    this.remove(number);
    const entry = { runId, at: now, price, scopes: this.scopesOf(labels), silent: false };
    this.bill(entry, 1);
    this.put(number, entry);
  }

  private put(number: PhoneNumber, entry: Entry): void {
    this.entries.set(number, entry);
    this.count(entry, 1);
  }

  private remove(number: PhoneNumber): void {
    const entry = this.entries.get(number);
    if (!entry) return;
    this.entries.delete(number);
    this.count(entry, -1);
  }

  private count({ scopes, price }: Entry, times: 1 | -1): void {
    for (const scope of scopes) {
      const held = this.holdings.get(scope) ?? new Holdings();
      held.add(price, times);
      if (held.leases === 0) this.holdings.delete(scope);
      else this.holdings.set(scope, held);
    }
  }

  /** An upfront fee counts from its lease on, also when that is over; it is taken back where nothing was leased. */
  private bill({ scopes, price, at }: Entry, times: 1 | -1): void {
    if (!price) return;
    for (const scope of scopes) {
      const limit = limitOf(this.limits, scope);
      const isLimited = limit?.maxUpfront !== undefined && limit.currency === price.currency;
      const fees = isLimited
        ? this.feesOf(scope, price.currency)
        : this.fees.get(`${price.currency} ${scope}`);
      if (times === 1) fees?.add(at, price.upfrontFee);
      else fees?.drop(at, price.upfrontFee);
    }
  }

  /** Where they are limited for the first time, those of the open leases count already. */
  private feesOf(scope: string, currency: string): Fees {
    const key = `${currency} ${scope}`;
    const known = this.fees.get(key);
    if (known) return known;
    const fees = new Fees();
    for (const { at, price, scopes } of this.entries.values()) {
      if (price?.currency === currency && scopes.includes(scope)) fees.add(at, price.upfrontFee);
    }
    this.fees.set(key, fees);
    return fees;
  }

  private readonly scopesOf = (labels?: Labels): string[] => scopesOf(this.keys, labels);

  private finish(runId: string, at: number, why?: Failure): void {
    if (!this.done.has(runId)) this.done.set(runId, { at, failure: why });
    if (this.done.size > 2 * DONE_AT_MOST) this.forget(at);
  }

  private forget(now: number): void {
    const kept = [...this.done].filter(([, { at }]) => at > now - DONE_FOR_MS).slice(-DONE_AT_MOST);
    this.done.clear();
    for (const [runId, facts] of kept) this.done.set(runId, facts);
    for (const [key, fees] of this.fees) {
      const limit = limitOf(this.limits, key.slice(key.indexOf(' ') + 1));
      fees.forget(now - (limit?.maxUpfront ? periodOf(limit) : LONGEST_PERIOD_MS));
    }
  }

  /** Why there is no room; undefined where there is. */
  private refusal(posting: Posting, now: number): Failure | undefined {
    for (const scope of this.scopesOf(posting.labels)) {
      const limit = limitOf(this.limits, scope);
      const why = limit && this.over(scope, limit, posting, now);
      if (why) return why;
    }
    const { size: used } = this.entries;
    if (used < ENTRIES_AT_MOST || this.entries.has(posting.number)) return undefined;
    return exceeded(posting, { scope: ACCOUNT, kind: 'leases', used, asked: 1, most: ENTRIES_AT_MOST });
  }

  private over(scope: string, limit: SpendingLimit, posting: Posting, now: number): Failure | undefined {
    const { price } = posting;
    const { currency, maxLeases, maxMonthly, maxUpfront } = limit;
    if (currency !== undefined && price?.currency !== currency) return otherPrice(posting, scope, currency);
    const used = this.used(scope, limit, posting, now);
    const reached = (kind: LimitReached['kind'], asked: number, most: number | undefined) => {
      if (most === undefined || exact(used[kind] + asked) <= most) return undefined;
      const money = kind === 'leases' || currency === undefined ? {} : { currency };
      return exceeded(posting, { scope, kind, used: used[kind], asked, most, ...money });
    };
    return (
      reached('leases', 1, maxLeases) ??
      reached('monthly', price?.monthlyRate ?? 0, maxMonthly) ??
      reached('upfront', price?.upfrontFee ?? 0, maxUpfront?.amount)
    );
  }

  /** What a scope holds beside this number, whose place is taken, and beside what this very run has spent. */
  private used(scope: string, limit: SpendingLimit, { number, runId }: Posting, now: number) {
    const { currency = '', maxUpfront } = limit;
    const held = this.holdings.get(scope);
    const since = now - periodOf(limit);
    const used = {
      leases: held?.leases ?? 0,
      monthly: held?.monthly(currency) ?? 0,
      upfront: maxUpfront ? this.feesOf(scope, currency).since(since) : 0,
    };
    const own = this.entries.get(number);
    if (!own?.scopes.includes(scope)) return used;
    used.leases -= 1;
    if (own.price?.currency !== currency) return used;
    used.monthly = exact(used.monthly - own.price.monthlyRate);
    if (own.runId === runId && own.at > since) used.upfront = exact(used.upfront - own.price.upfrontFee);
    return used;
  }
}
