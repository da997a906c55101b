import { setMaxListeners } from 'node:events';
import { isGrpcDeadlineError, type Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import type { LogEntry } from '@temporalio/worker';
import { tellsOfLostTask } from '../../simulation/lost-tasks.js';

/** What a test fails with that its server has spoilt; vitest.config.ts plays such a test again. */
export const SPOILT = 'the time-skipping server lost a task, and tells nothing any more';

/** Far longer than a query takes on a busy machine. */
const QUERY_MS = 20_000;

/** No test skips so much at once, and a clock that runs on by itself stops only at the time limit of a run, ten years. */
const FAR_MS = 5 * 365 * 86_400_000;

/** Notices a clock that runs on by itself: so it does where the server was told to let go of it once too often. */
export class ClockWatch {
  private last: number | undefined;

  constructor(
    private readonly now: () => Promise<number>,
    private readonly soundness: Soundness,
  ) {}

  async look(): Promise<void> {
    const now = await this.now();
    if (now - (this.last ?? now) > FAR_MS) this.soundness.spoil();
    this.last = now;
    this.soundness.assert();
  }
}

/**
 * Whether a time-skipping server (1.38.0) has lost a workflow task, which `lost-tasks.ts` knows it for, or a query: one
 * that it gives along with the task in which a run goes on in a new one has no answer, and holds its clock as well.
 */
export class Soundness {
  private readonly lost = new AbortController();

  constructor() {
    setMaxListeners(0, this.lost.signal); // each wait adds one, and there may be any number
  }

  get isSpoilt(): boolean {
    return this.lost.signal.aborted;
  }

  assert(): void {
    this.lost.signal.throwIfAborted();
  }

  /** For a client on that connection: without it, who asks what is lost waits for ever. */
  queries(connection: Connection): WorkflowClientInterceptor {
    return {
      query: async (input, next) => {
        try {
          return await connection.withDeadline(Date.now() + QUERY_MS, () => next(input));
        } catch (error) {
          if (isGrpcDeadlineError(error)) this.spoil();
          this.assert();
          throw error;
        }
      },
    };
  }

  /** To be shown all that the workers' Core logs. */
  notice(entry: Pick<LogEntry, 'meta'>): void {
    if (tellsOfLostTask(entry)) this.spoil();
  }

  spoil(): void {
    this.lost.abort(new Error(SPOILT));
  }

  /**
   * Rejects as soon as the server is spoilt: what is waited for may then never come, and `over` tells that nobody waits.
   */
  async unlessSpoilt<T>(work: (over: AbortSignal) => Promise<T>): Promise<T> {
    this.assert();
    const { signal } = this.lost;
    const over = new AbortController();
    const told = new Promise<never>((_, reject) => {
      const options = { once: true, signal: over.signal };
      signal.addEventListener('abort', () => reject(signal.reason as Error), options);
    });
    try {
      return await Promise.race([work(over.signal), told]);
    } finally {
      over.abort();
    }
  }
}
