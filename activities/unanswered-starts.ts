import { MAX_START_DELAY_MS } from '../domain/acquire-limits.js';

/** Requests of this worker to start a run that have no answer: each may still start one. */
export class UnansweredStarts {
  private readonly counts = new Map<string, number>();

  has(id: string): boolean {
    return this.counts.has(id);
  }

  /** A request that failed may have been sent; it counts until a run that it starts would be too late. */
  async track<T>(id: string, request: () => Promise<T>): Promise<T> {
    this.add(id, 1);
    try {
      const answer = await request();
      this.add(id, -1);
      return answer;
    } catch (error) {
      setTimeout(() => this.add(id, -1), MAX_START_DELAY_MS).unref();
      throw error;
    }
  }

  private add(id: string, change: number): void {
    const count = (this.counts.get(id) ?? 0) + change;
    if (count > 0) this.counts.set(id, count);
    else this.counts.delete(id);
  }
}
