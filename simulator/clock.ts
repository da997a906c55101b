/** Where the simulator takes its time from: epoch milliseconds. A test hands in one that skips. */
export interface Clock {
  now(): number | Promise<number>;
}

export const systemClock: Clock = { now: () => Date.now() };
