import { setTimeout as delay } from 'node:timers/promises';

const REAL_MOMENT_MS = 150;
const SHORTEST_STEP_MS = 1_000;

/** The time of a time-skipping server, which goes on only in steps that somebody asks for, one at a time. */
export class SkippedTime {
  private last: Promise<unknown> = Promise.resolve();
  private shared: Promise<void> | undefined;

  /** @param skip lets the server's time go on by so many milliseconds; the server loses count of two at once */
  constructor(private readonly skip: (milliseconds: number) => Promise<void>) {}

  sleep(milliseconds: number): Promise<void> {
    const step = this.last.then(() => this.skip(milliseconds));
    this.last = step.catch(() => undefined);
    return step;
  }

  /**
   * Waits while time skips, in steps that grow with the wait. The server's own way (its client's `result`, which lets
   * time skip freely) runs ahead to the next timer of any run that is open, and in the end to their time limit, which
   * nobody set and is ten years. What needs no waiting first gets a moment to happen.
   */
  async waitFor<T>(pending: Promise<T>): Promise<T> {
    const settled = pending.then(
      () => true,
      () => true,
    );
    const settledWithin = (milliseconds: number) => Promise.race([settled, delay(milliseconds, false)]);
    let skipped = 0;
    while (!(await settledWithin(skipped === 0 ? REAL_MOMENT_MS : 1))) {
      const step = Math.max(SHORTEST_STEP_MS, Math.round(skipped / 8));
      await this.step(step);
      skipped += step;
    }
    return pending;
  }

  /** All who wait at a time go on by one and the same step. */
  private step(milliseconds: number): Promise<void> {
    this.shared ??= this.sleep(milliseconds).finally(() => (this.shared = undefined));
    return this.shared;
  }
}
