/**
 * The time of a time-skipping server, asked for as seldom as can be: each question is a call to the server, and a
 * fleet asks at every step. The server skips time only while no activity runs, so while one does, what it said last is
 * carried on by this machine's clock.
 */
export class StageTime {
  private running = 0;
  /** What the server said since activities have been running without a break. */
  private known: Promise<{ at: number; asked: number }> | undefined;

  constructor(private readonly ask: () => Promise<number>) {}

  async now(): Promise<number> {
    if (this.running === 0) return this.ask();
    this.known ??= this.ask().then((at) => ({ at, asked: performance.now() }));
    const { at, asked } = await this.known;
    return Math.floor(at + performance.now() - asked);
  }

  async during<T>(activity: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await activity();
    } finally {
      this.running -= 1;
      if (this.running === 0) this.known = undefined;
    }
  }
}
