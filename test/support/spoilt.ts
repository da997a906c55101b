import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { LogEntry } from '@temporalio/worker';
import { tellsOfLostTask } from '../../simulation/lost-tasks.js';

/** What a test fails with that its server has spoilt; vitest.config.ts plays such a test again. */
export const SPOILT = 'the time-skipping server lost a workflow task, and tells nothing any more';

/** Whether a time-skipping server has done what `lost-tasks.ts` knows it for. */
export class Soundness {
  private readonly lost = new AbortController();

  get isSpoilt(): boolean {
    return this.lost.signal.aborted;
  }

  assert(): void {
    this.lost.signal.throwIfAborted();
  }

  /**
   * A connection whose calls are not tried again on a spoilt server: what waits there is cut off when it is closed, and the SDK
   * throws where nobody can catch it when it tries a call again on a closed connection.
   */
  connect(address: string): Promise<Connection> {
    const options = defaultGrpcRetryOptions();
    const retryableDecider: typeof options.retryableDecider = (attempt, status) =>
      !this.isSpoilt && options.retryableDecider(attempt, status);
    const interceptors = [makeGrpcRetryInterceptor({ ...options, retryableDecider })];
    return Connection.connect({ address, interceptors });
  }

  /** To be shown all that the workers' Core logs. */
  notice(entry: Pick<LogEntry, 'meta'>): void {
    if (tellsOfLostTask(entry)) this.lost.abort(new Error(SPOILT));
  }

  /** Rejects as soon as the server is spoilt: what is waited for may then never come. */
  async unlessSpoilt<T>(work: () => Promise<T>): Promise<T> {
    this.assert();
    const { signal } = this.lost;
    const over = new AbortController();
    const told = new Promise<never>((_, reject) => {
      const options = { once: true, signal: over.signal };
      signal.addEventListener('abort', () => reject(signal.reason as Error), options);
    });
    try {
      return await Promise.race([work(), told]);
    } finally {
      over.abort();
    }
  }
}
