/** Where the simulator takes its time from: epoch milliseconds. A test hands in one that skips. */
export interface Clock {
  now(): number | Promise<number>;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that is off by as much all the time, so that the times that it gives agree with each other. */
export function skewed(clock: Clock, byMs: number): Clock {
  return byMs === 0 ? clock : { now: async () => (await clock.now()) + byMs };
}
