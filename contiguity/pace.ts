import { setTimeout as sleep } from 'node:timers/promises';

/** The facts that make a call wait its turn, or turn back: see `Pace`. */
export interface PaceOptions {
  /** Calls a second that the account may make in all; unset: as many as the vendor takes. */
  perSecond?: number | undefined;
  /** Milliseconds of a clock that never goes back; default `performance.now`. */
  now?: () => number;
  /** Waits so many milliseconds of that clock. */
  delay?: (milliseconds: number) => Promise<unknown>;
}

/** What a call asks of the pace. */
export interface Turns {
  /**
   * How many it takes; default 1. Calls that follow each other at once may share a turn: the first of them takes as many as
   * there are calls, the others 0. Otherwise the first would go and the others be sent back.
   */
  turns?: number | undefined;
  /** It ends what other calls began, or serves many at once: others are sent back before it is. */
  pressing?: boolean | undefined;
}

/** A call waits for its turn within the worker so long at most; what would wait longer is told when to come back. */
const WAIT_AT_MOST_MS = 2_000;
/** A pressing one waits longer, so that it finds a turn behind any number of others; it must come far less often than they do. */
const PRESSING_WAIT_AT_MOST_MS = 4_000;
/** So long after its turn came a call still goes: its activity has a time limit, and nothing must leave after that. */
const LATE_AT_MOST_MS = 2_000;
/** Calls that go together begin something, such as a termination; so many later ones, such as its proof, end it. */
const LATER_CALLS = 1;
/** Some calls take longer on their way than those behind them: what leaves in a second may arrive in less. */
const ROOM_FOR_THE_WAY = 1.05;
/** Some come back later than they were told, and none should miss its turn for that. */
const OVERBOOKED = 0.9;
/** Over so long it is measured how many calls the vendor took. */
const MEASURED_MS = 3_000;
/** Refusals of one moment are one: calls that were under way together are refused together. */
const ONE_MOMENT_MS = 1_000;
/**
 * Where the rate is configured, one refusal in so long, or so small a part of all calls, is of those that were quicker on their way than
 * the calls before them.
 */
const FEW_IN_MS = 10_000;
const FEW = 0.04;
/** After a refusal the pace stays so far below what the vendor took, so long; then it gropes its way up. */
const BELOW = 0.95;
const HOLD_MS = 4_000;
/** It gropes less often where it met the limit again and again: each time it waits so many times as long. */
const RARER = 3;
const LONGEST_HOLD_MS = 120_000;
const FIRST_STEP = 0.02;
const LARGEST_STEP = 0.5;
const SLOWEST_PER_SECOND = 0.2;
/** A `Retry-After` of a 429 holds all calls up, but not for longer: one route's nonsense is no account's limit. */
const HELD_UP_AT_MOST_MS = 5_000;
/** From here on a learned pace is none. */
const FAST_ENOUGH = 1_000;

/**
 * One place that says when a call to the API may go: its turn comes a little more than 1/rate after the last one's. The rate is the
 * account's, shared by the workers there are, and less while the vendor answers 429: then it is what the vendor was
 * seen to take. Without a rate and without a 429 nothing waits.
 */
export class Pace {
  /** Of how many workers this is one; each takes its part of the account's rate. */
  workers = 1;
  private readonly perSecond: number | undefined;
  private readonly now: () => number;
  private readonly delay: (milliseconds: number) => Promise<unknown>;
  private nextTurn = 0;
  private nextBack = 0;
  private learned:
    { perSecond: number; step: number; growsAt: number; since: number; holdMs: number } | undefined;
  /** When the calls of the last second went. */
  private gone: number[] = [];
  private taken: number[] = [];
  /** When it was turned away. */
  private turnedAway: number[] = [];

  constructor({ perSecond, now = () => performance.now(), delay = sleep }: PaceOptions = {}) {
    this.perSecond = perSecond;
    this.now = now;
    this.delay = delay;
  }

  /** Calls a second that this worker may make now; undefined: as many as it likes. */
  get rate(): number | undefined {
    const { share } = this;
    this.grow(share);
    return this.learned?.perSecond ?? share;
  }

  /** Of the account's rate, this worker's part. */
  private get share(): number | undefined {
    return this.perSecond === undefined ? undefined : this.perSecond / this.workers;
  }

  /**
   * Waits until the call may go, seconds at most. What would have to wait longer must not go, and comes back after so long. Where
   * the rate falls all at once, or the process stood still, that may be one whose turn had come.
   */
  async comes(turns: Turns = {}): Promise<{ backAfterMs: number } | undefined> {
    const turn = turns.turns === 0 ? { waitMs: 0 } : this.turn(turns);
    if ('backAfterMs' in turn) return turn;
    const lateAt = this.now() + turn.waitMs + LATE_AT_MOST_MS;
    if (turn.waitMs > 0) await this.delay(turn.waitMs);
    for (;;) {
      const more = this.now() > lateAt ? 0 : this.holdOff();
      if (this.now() + more > lateAt) return { backAfterMs: this.backAfter(turns) };
      if (more === 0) return undefined;
      await this.delay(more);
    }
  }

  /** Takes the next turn: milliseconds to wait for it; or, where that is too long, none: come back after so long. */
  turn(turns: Turns = {}): { waitMs: number } | { backAfterMs: number } {
    const now = this.now();
    const { rate } = this;
    if (rate === undefined && this.nextTurn <= now) return { waitMs: 0 };
    const turn = Math.max(now, this.nextTurn);
    const waitMs = turn - now;
    if (waitMs > (turns.pressing ? PRESSING_WAIT_AT_MOST_MS : WAIT_AT_MOST_MS))
      return { backAfterMs: this.backAfter(turns) };
    if (rate !== undefined) this.nextTurn = turn + (turns.turns ?? 1) * apart(rate);
    return { waitMs };
  }

  /**
   * For a call whose turn has come: notes that it goes (0), or gives the milliseconds after which to ask again. A busy
   * process wakes late, and then many at once; the vendor sees a second with too many.
   */
  holdOff(): number {
    const { rate } = this;
    if (rate === undefined) return 0;
    const now = this.now();
    const most = Math.max(1, Math.floor(rate));
    const spanMs = most * apart(rate);
    this.gone = this.gone.filter((at) => at > now - spanMs);
    const first = this.gone.at(-most);
    if (first !== undefined) return first + spanMs - now;
    this.gone.push(now);
    return 0;
  }

  /**
   * Those that come back do so one after the other as well: hundreds together would only be sent away again. The vendor may turn
   * calls away just now and take them long before these come, so a rate that was learned for a moment does not count.
   */
  private backAfter({ turns = 1, pressing = false }: Turns): number {
    const now = this.now();
    const turn = Math.max(now, this.nextTurn);
    if (pressing) return turn - now;
    const rate = this.share ?? this.rate;
    const calls = turns > 1 ? turns + LATER_CALLS : turns;
    const spacing = rate === undefined ? 0 : OVERBOOKED * calls * apart(rate);
    this.nextBack = Math.max(this.nextBack + spacing, turn);
    return this.nextBack - now;
  }

  /** The vendor took a call, whatever it said to it. */
  took(): void {
    const now = this.now();
    if ((this.taken[0] ?? now) < now - 2 * FEW_IN_MS) this.taken = this.since(FEW_IN_MS, this.taken);
    this.taken.push(now);
  }

  /** The vendor answered 429. */
  refused(retryAfterMs = 0): void {
    const now = this.now();
    this.turnedAway = this.since(FEW_IN_MS, this.turnedAway);
    this.turnedAway.push(now);
    if (this.perSecond !== undefined && !this.learned && this.areFew()) return;
    if (this.learned && now - this.learned.since < ONE_MOMENT_MS) return;
    const perSecond = Math.max(SLOWEST_PER_SECOND, BELOW * this.takenLately());
    const holdMs = Math.min(LONGEST_HOLD_MS, (this.learned?.holdMs ?? HOLD_MS / RARER) * RARER);
    this.learned = { perSecond, step: FIRST_STEP, growsAt: now + holdMs, since: now, holdMs };
    this.nextTurn = Math.max(this.nextTurn, now + Math.min(retryAfterMs, HELD_UP_AT_MOST_MS));
  }

  private areFew(): boolean {
    const asked = this.since(FEW_IN_MS, this.taken).length + this.turnedAway.length;
    return this.turnedAway.length <= Math.max(1, FEW * asked);
  }

  /**
   * Calls a second that the vendor takes, as the last seconds show it: what it took of what it was asked. Where little was
   * asked, a 429 tells nothing of how much it would take; then it is the present rate, less the part that was turned away.
   */
  private takenLately(): number {
    const now = this.now();
    const taken = this.since(MEASURED_MS, this.taken);
    const turnedAway = this.since(MEASURED_MS, this.turnedAway);
    const since = Math.min(taken[0] ?? now, turnedAway[0] ?? now);
    const seen = taken.length / (Math.max(ONE_MOMENT_MS, now - since) / 1_000);
    const part = taken.length / (taken.length + turnedAway.length);
    return Math.max(seen, (this.rate ?? 0) * part);
  }

  /** Those of the last so many milliseconds. */
  private since(milliseconds: number, instants: number[]): number[] {
    const from = this.now() - milliseconds;
    return instants.filter((at) => at >= from);
  }

  /** A little more every while, in steps that double: a limit that was lowered for a moment is not kept for a day. */
  private grow(share: number | undefined): void {
    const { learned } = this;
    if (!learned) return;
    for (const now = this.now(); now >= learned.growsAt; learned.growsAt += HOLD_MS) {
      learned.perSecond *= 1 + learned.step;
      learned.step = Math.min(LARGEST_STEP, learned.step * 2);
    }
    if (learned.perSecond >= (share ?? FAST_ENOUGH)) this.learned = undefined;
  }
}

/** Milliseconds from one turn to the next. */
function apart(perSecond: number): number {
  return ROOM_FOR_THE_WAY * (1_000 / perSecond);
}
