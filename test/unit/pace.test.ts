import { describe, expect, test } from 'vitest';
import { Pace } from '../../contiguity/index.js';
import { Rate } from '../../simulator/rate.js';

const MINUTE_MS = 60_000;

/** Callers that always have one more call to make, against a vendor with a limit, on a clock that only they move. */
class Rush {
  now = 0;
  sent = 0;
  readonly refusedAt: number[] = [];
  readonly takenAt: number[] = [];
  readonly paces: Pace[];
  private readonly due: number[];

  constructor(
    readonly vendor: Rate,
    workers: number,
    perSecond?: number,
  ) {
    this.paces = Array.from({ length: workers }, () => new Pace({ perSecond, now: () => this.now }));
    for (const pace of this.paces) pace.workers = workers;
    this.due = this.paces.map(() => 0);
  }

  /** A step is a millisecond; a worker without a pace makes at most a call in each. */
  runTo(end: number): void {
    for (; this.now < end; this.now += 1) for (const nth of this.paces.keys()) this.step(nth);
  }

  private step(nth: number): void {
    if ((this.due[nth] ?? 0) > this.now) return;
    const pace = this.paces[nth]!;
    const turn = pace.turn();
    if ('backAfterMs' in turn || turn.waitMs > 0) {
      // the caller comes when its turn has come, and is then the one whose turn it was
      this.due[nth] = this.now + Math.ceil('backAfterMs' in turn ? turn.backAfterMs : turn.waitMs);
      if ('backAfterMs' in turn) return;
    }
    this.sent += 1;
    const at = Math.max(this.now, this.due[nth] ?? 0);
    if (this.vendor.isOver(at)) {
      this.refusedAt.push(at);
      pace.refused(1_000);
    } else {
      this.takenAt.push(at);
      pace.took();
    }
  }

  share(from: number): number {
    const refused = this.refusedAt.filter((at) => at >= from).length;
    return refused / (refused + this.takenAt.filter((at) => at >= from).length);
  }

  perSecond(from: number, to: number): number {
    return this.takenAt.filter((at) => at >= from && at < to).length / ((to - from) / 1_000);
  }
}

/** A crowd of calls that never ends, each of which comes back when it is told to, on a clock that goes as fast as it can. */
class Crowd {
  now = 0;
  longestWaitMs = 0;
  readonly wentAt: number[] = [];
  readonly pace: Pace;
  private readonly due: { at: number; wake: () => void }[] = [];

  constructor(readonly vendor: Rate) {
    const delay = (milliseconds: number) => this.until(this.now + milliseconds);
    this.pace = new Pace({ perSecond: vendor.perSecond, now: () => this.now, delay });
  }

  /** @param callers that want a call each, and then another one */
  async play(callers: number, end: number, onTheWay: () => void = () => undefined): Promise<void> {
    for (let nth = 0; nth < callers; nth += 1) void this.call();
    for (;;) {
      await new Promise(setImmediate);
      onTheWay();
      const next = this.due.reduce((first, one) => (one.at < first.at ? one : first));
      if (next.at > end) return;
      this.due.splice(this.due.indexOf(next), 1);
      this.now = next.at;
      next.wake();
    }
  }

  private async call(): Promise<void> {
    for (;;) {
      const cameAt = this.now;
      const back = await this.pace.comes();
      this.longestWaitMs = Math.max(this.longestWaitMs, this.now - cameAt);
      if (back) await this.until(this.now + back.backAfterMs);
      else this.send();
    }
  }

  private send(): void {
    this.wentAt.push(this.now);
    if (this.vendor.isOver(this.now)) this.pace.refused();
    else this.pace.took();
  }

  private until(at: number): Promise<void> {
    return new Promise((wake) => this.due.push({ at, wake }));
  }
}

test('however long a crowd lasts, no call waits for its turn longer than its activity may take', async () => {
  const crowd = new Crowd(new Rate(20));
  await crowd.play(60, 5 * MINUTE_MS);
  expect(crowd.longestWaitMs).toBeLessThan(4_000);
  expect(crowd.wentAt.length / 300).toBeGreaterThan(18.9);
});

test('where the rate falls all at once, who has a turn but would wait for long is sent back', async () => {
  const crowd = new Crowd(new Rate(20));
  await crowd.play(60, 2 * MINUTE_MS, () => {
    if (crowd.now > MINUTE_MS) crowd.vendor.perSecond = 1;
  });
  expect(crowd.longestWaitMs).toBeLessThan(4_000);
  expect(crowd.wentAt.filter((at) => at > 1.5 * MINUTE_MS).length).toBeGreaterThan(20);
});

test('without a rate and without a 429 nothing waits', () => {
  const pace = new Pace({ now: () => 0 });
  for (let calls = 0; calls < 1_000; calls += 1) expect(pace.turn()).toEqual({ waitMs: 0 });
  expect(pace.rate).toBeUndefined();
});

test('turns come one after the other, and who would wait for long is told when to come back', () => {
  const pace = new Pace({ perSecond: 10, now: () => 0 });
  const turns = Array.from({ length: 25 }, () => pace.turn());
  expect(turns.slice(0, 3)).toEqual([{ waitMs: 0 }, { waitMs: 105 }, { waitMs: 210 }]);
  expect(turns[19]).toEqual({ waitMs: 1_995 });
  expect(turns[20]).toEqual({ backAfterMs: 2_100 });
  expect(turns[24]).toEqual({ backAfterMs: 2_478 }); // four behind that one, a little closer than their turns
});

test('calls that follow each other take their turns together, and are sent back together', () => {
  const pace = new Pace({ perSecond: 10, now: () => 0 });
  const turns = Array.from({ length: 13 }, () => pace.turn({ turns: 2 }));
  expect(turns.slice(0, 3)).toEqual([{ waitMs: 0 }, { waitMs: 210 }, { waitMs: 420 }]);
  expect(turns[9]).toEqual({ waitMs: 1_890 });
  expect(turns[10]).toEqual({ backAfterMs: 2_100 });
  expect(turns[11]).toEqual({ backAfterMs: 2_383.5 }); // a call that ends what these two begin is to come as well
});

test('a pressing call finds a turn behind others that are sent back, and is never sent to the end of their line', () => {
  const pace = new Pace({ perSecond: 10, now: () => 0 });
  for (let calls = 0; calls < 100; calls += 1) pace.turn();
  expect(pace.turn()).toHaveProperty('backAfterMs');
  const turns = Array.from({ length: 22 }, () => pace.turn({ pressing: true }));
  expect(turns[0]).toEqual({ waitMs: 2_100 });
  expect(turns[18]).toEqual({ waitMs: 3_990 });
  expect(turns[19]).toEqual({ backAfterMs: 4_095 });
});

test('those who come back in minutes are not told to come at the rate of a bad moment', () => {
  const pace = new Pace({ perSecond: 10, now: () => 0 });
  const backs = () => {
    const turn = pace.turn();
    return 'backAfterMs' in turn ? turn.backAfterMs : 0;
  };
  for (let calls = 0; calls < 100; calls += 1) pace.turn();
  for (let calls = 0; calls < 2; calls += 1) pace.refused();
  expect(pace.rate).toBeLessThan(10);
  expect(backs() - backs()).toBeCloseTo(-94.5);
});

test('of thousands of terminations at once few are sent back a second time, and no proof is', () => {
  const PER_SECOND = 50;
  const RELEASED_AFTER_MS = 10_000;
  let now = 0;
  const pace = new Pace({ perSecond: PER_SECOND, now: () => now });
  const agenda = new Map<number, ('terminate' | 'prove')[]>();
  const at = (instant: number, what: 'terminate' | 'prove') => {
    const due = Math.ceil(instant);
    agenda.set(due, [...(agenda.get(due) ?? []), what]);
  };
  for (let lease = 0; lease < 2_000; lease += 1) at(0, 'terminate');
  const sentBack = { terminate: 0, prove: 0 };
  let left = 2_000;
  for (; left > 0; now += 1) {
    for (const what of agenda.get(now) ?? []) {
      const turn = pace.turn(what === 'terminate' ? { turns: 2 } : { pressing: true });
      if ('backAfterMs' in turn) {
        sentBack[what] += 1;
        at(now + turn.backAfterMs, what);
      } else if (what === 'terminate') at(now + turn.waitMs + RELEASED_AFTER_MS, 'prove');
      else left -= 1;
    }
  }
  expect(sentBack.prove).toBe(0);
  expect(sentBack.terminate).toBeLessThan(1.2 * 2_000);
  expect(now / 1_000).toBeLessThan(1.1 * ((2_000 * 3) / PER_SECOND) + RELEASED_AFTER_MS / 1_000);
});

test('a rate is shared by the workers there are', () => {
  const pace = new Pace({ perSecond: 20, now: () => 0 });
  pace.workers = 4;
  expect(pace.rate).toBe(5);
});

test('a few 429 of hundreds of calls change no configured rate, more of them do', () => {
  let now = 0;
  const pace = new Pace({ perSecond: 20, now: () => now });
  for (; now < 10_000; now += 50) pace.took();
  for (let few = 0; few < 8; few += 1) pace.refused();
  expect(pace.rate).toBe(20);
  pace.refused();
  expect(pace.rate).toBeLessThan(20);
});

test('a 429 that is alone changes no configured rate, and holds nothing up; a second one soon after it does', () => {
  let now = 0;
  const pace = new Pace({ perSecond: 20, now: () => now });
  for (let alone = 0; alone < 3; alone += 1, now += 11_000) {
    pace.refused(5_000);
    expect(pace.rate).toBe(20);
    expect(pace.turn()).toEqual({ waitMs: 0 });
  }
  now -= 2_000;
  pace.refused(1_000);
  expect(pace.rate).toBeLessThan(20);
  expect(pace.turn()).toEqual({ waitMs: 1_000 });
});

test('a 429 that comes while little is asked costs little', () => {
  let now = 0;
  const pace = new Pace({ perSecond: 20, now: () => now });
  for (; now < 10_000; now += 500) {
    pace.turn();
    pace.took();
  }
  pace.refused();
  expect(pace.rate).toBeGreaterThan(15);
  pace.refused();
  expect(pace.rate).toBeGreaterThan(14);
});

test('calls that wake late and together do not go together', () => {
  let now = 0;
  const pace = new Pace({ perSecond: 10, now: () => now });
  for (let calls = 0; calls < 15; calls += 1) pace.turn();
  now = 1_400; // all fifteen turns have come
  const waits = Array.from({ length: 15 }, () => pace.holdOff());
  expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
  expect(waits.at(-1)).toBe(1_050);
  now += 1_050;
  expect(pace.holdOff()).toBe(0);
});

describe.each([1, 4])('%i workers', (workers) => {
  test('a vendor whose limit is known is never asked more, and used nearly in full', () => {
    const rush = new Rush(new Rate(20), workers, 20);
    rush.runTo(MINUTE_MS);
    expect(rush.refusedAt).toEqual([]);
    expect(rush.perSecond(0, MINUTE_MS)).toBeGreaterThan(18);
  });

  test.each([
    ['configured', 20],
    ['not configured', undefined],
  ])('a limit that drops from 20 to 5, %s: after 30 s under 2 %% of the calls get 429', (_, perSecond) => {
    const vendor = new Rate(20);
    const rush = new Rush(vendor, workers, perSecond);
    rush.runTo(MINUTE_MS);
    vendor.perSecond = 5;
    rush.runTo(11 * MINUTE_MS);
    expect(rush.share(MINUTE_MS + 30_000)).toBeLessThan(0.02);
    expect(rush.perSecond(MINUTE_MS + 30_000, 11 * MINUTE_MS)).toBeGreaterThan(3.5);
  });

  test('a limit that is raised again is used again within some minutes', () => {
    const vendor = new Rate(5);
    const rush = new Rush(vendor, workers, 20);
    rush.runTo(2 * MINUTE_MS);
    vendor.perSecond = 20;
    rush.runTo(12 * MINUTE_MS);
    expect(rush.perSecond(10 * MINUTE_MS, 12 * MINUTE_MS)).toBeGreaterThan(18);
  });
});
