import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Account } from './account.js';
import type { Clock } from './clock.js';
import type { Dialect } from './dialect.js';
import { faultName, type Fault, type FaultedCall, type FaultPlan } from './faults.js';
import { Past } from './past.js';
import { Rate } from './rate.js';
import type { View } from './pipeline.js';
import { saveState, type SimulatedText, type SimulatorState } from './state.js';
import { Webhooks, type WebhookOptions } from './webhooks.js';

export interface WorldOptions {
  clock: Clock;
  latencyMs: number;
  /** Route → how long its answers take at most, in real milliseconds; of others: no time. */
  answerTimes?: Record<string, number> | undefined;
  /** Calls a second; 0: as many as come. */
  rate: number;
  historyLagMs: number;
  deliveryMs: number;
  dialect: Dialect;
  webhook?: WebhookOptions | undefined;
  stateFile?: string;
  faults?: FaultPlan;
  /** The state to start with, and to come back to. */
  fresh: () => SimulatorState;
}

/** How long changes may wait before they are on disk. */
const SAVE_AFTER_MS = 200;
const TICK_MS = 100;
const FAULTS_SHOWN = 1_000;

export interface FaultsSeen {
  /** `route | phase | kind` → how often. */
  counts: Record<string, number>;
  /** The latest 1,000 in order. */
  latest: (FaultedCall & { phase: Fault['phase']; kind: string })[];
}

/** The account with what is around it: the clock, the file that it is kept in, the calls counted. */
export class World {
  account: Account;
  readonly webhooks: Webhooks | undefined;
  private ticking: NodeJS.Timeout | undefined;
  readonly rate: Rate;
  private saving: NodeJS.Timeout | undefined;
  private late: { at: number; act: (now: number) => void }[] = [];
  private past = new Past();
  private faults: FaultsSeen = { counts: {}, latest: [] };
  private latest = 0;
  private readonly closing = new AbortController();

  constructor(
    readonly options: WorldOptions,
    state = options.fresh(),
  ) {
    this.account = this.accountOf(state);
    this.webhooks = options.webhook && this.createWebhooks(options.webhook, state.seed);
    this.rate = new Rate(options.rate);
    setMaxListeners(0, this.closing.signal); // each call that waits listens, and many wait at once
  }

  get state(): SimulatorState {
    return this.account.state;
  }

  private accountOf(state: SimulatorState): Account {
    return new Account(state, (text) => this.tellOfDelivery(text));
  }

  /** Webhooks fall due also while nobody sends a request. */
  private createWebhooks(options: WebhookOptions, seed: number): Webhooks {
    this.ticking = setInterval(() => void this.now().catch(() => undefined), TICK_MS).unref();
    return new Webhooks(options, {
      seed,
      dialect: this.options.dialect,
      later: (at, act) => (at <= this.latest ? act() : this.later(at, act)),
    });
  }

  private tellOfDelivery(text: SimulatedText): void {
    if (!this.webhooks) return;
    const { deliveryMs } = this.options;
    const tell = (at: number) =>
      this.webhooks?.delivered(text, at, this.state.unreachable?.includes(text.to) !== true);
    if (deliveryMs === 0) tell(text.at);
    else this.later(text.at + deliveryMs, tell);
  }

  reset(): void {
    this.account = this.accountOf(this.options.fresh());
    this.late = [];
    this.past = new Past();
    this.faults = { counts: {}, latest: [] };
    this.changed();
  }

  /**
   * The clock's time, once everything that was due by then has happened, in its order. It never goes back: answers of
   * a clock that is asked over the network overtake each other.
   */
  async now(): Promise<number> {
    const told = await this.options.clock.now();
    const now = Math.max(this.latest, told);
    this.latest = now;
    for (const { at, act } of this.takeLate(now)) {
      this.advance(at);
      act(at);
    }
    this.advance(now);
    return now;
  }

  private advance(to: number): void {
    if (this.account.dueAt > to) return;
    this.aboutToChange(this.account.dueAt);
    this.account.advance(to);
  }

  /** To be called before anything changes: faults may show it as it was. */
  aboutToChange(at: number): void {
    if (this.options.faults) this.past.note(this.state, at);
  }

  /** As it was then, for a read that lags behind. */
  asOf(at: number): View {
    const account = this.past.accountAt(at, this.account);
    return { options: this.options, account, state: account.state };
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Waits in real time, and tells the clock's time after that; rejects when the simulator closes meanwhile. */
  async after(ms: number, at: number): Promise<number> {
    if (ms === 0) return at;
    await delay(ms, undefined, { signal: this.closing.signal });
    return this.now();
  }

  /** A request that was held up on its way and acts at this time of the clock. */
  later(at: number, act: (now: number) => void): void {
    this.late.push({ at, act });
  }

  private takeLate(now: number) {
    const due = this.late.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    this.late = this.late.filter(({ at }) => at > now);
    return due;
  }

  noteFault(call: FaultedCall, { phase, kind = 'fault' }: Fault): void {
    const { counts, latest } = this.faults;
    const name = faultName(call.route, { phase, kind });
    counts[name] = (counts[name] ?? 0) + 1;
    latest.push({ ...call, phase, kind });
    if (latest.length > FAULTS_SHOWN) latest.shift();
  }

  /** What went wrong since the simulator started. */
  faultsSeen(): FaultsSeen {
    return structuredClone(this.faults);
  }

  /** The how-manieth call of this route and number this is, from 1. */
  count(route: string, number = ''): number {
    const key = number === '' ? route : `${route} ${number}`;
    const nth = (this.state.calls[key] ?? 0) + 1;
    this.state.calls[key] = nth;
    return nth;
  }

  /** Calls of each route, all numbers together. */
  callsByRoute(): Record<string, number> {
    const totals: Record<string, number> = {};
    for (const [key, count] of Object.entries(this.state.calls)) {
      const route = key.split(' ').slice(0, 2).join(' ');
      totals[route] = (totals[route] ?? 0) + count;
    }
    return totals;
  }

  changed(): void {
    if (this.options.stateFile === undefined || this.saving || this.closed) return;
    this.saving = setTimeout(() => this.saveOrWarn(), SAVE_AFTER_MS);
  }

  /** Calls that are held up end without acting: from here on nothing changes. */
  close(): void {
    if (this.closed) return; // the file may be another simulator's by now
    this.closing.abort();
    clearInterval(this.ticking);
    this.webhooks?.close();
    this.save();
  }

  /** A disk that is full for a moment does not end a simulator: the next change is saved with this one. */
  private saveOrWarn(): void {
    try {
      this.save();
    } catch (error) {
      process.emitWarning(`the simulator's state is not saved: ${String(error)}`);
    }
  }

  save(): void {
    clearTimeout(this.saving);
    this.saving = undefined;
    if (this.options.stateFile !== undefined) saveState(this.options.stateFile, this.state);
  }
}
