import type { ConnectionLike } from '@temporalio/client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatDuration, parseDuration } from '../domain/duration.js';
import { refused } from './problems.js';

export const MOST_WAIT_MS = 60_000;

/** All that waits for something that may take long. Told to stop, every wait ends at once: its caller asks again later. */
export class Waits {
  private readonly under = new Set<AbortController>();
  private stopped = false;

  constructor(private readonly connection: ConnectionLike) {}

  /**
   * The work's result, or undefined where it took longer than the caller waits. What was asked goes on all the same:
   * only the look at it ends.
   */
  async within<T>(limitMs: number, reply: FastifyReply, work: () => Promise<T>): Promise<T | undefined> {
    if (limitMs <= 0 || this.stopped) return undefined;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, limitMs);
    reply.raw.once('close', end); // the caller has left
    this.under.add(ending);
    try {
      return await this.connection.withAbortSignal(ending.signal, work);
    } catch (error) {
      if (ending.signal.aborted) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      reply.raw.off('close', end);
      this.under.delete(ending);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const ending of this.under) ending.abort();
  }
}

/** How long the caller waits: `?wait=30s`, else `Prefer: wait=30` (seconds, cut to the longest), else the default. */
export function waitOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  asked: unknown,
  byDefaultMs: number,
): number {
  if (asked !== undefined) {
    const wait = asked === '0' ? 0 : parseDuration(asked);
    if (wait !== undefined && wait <= MOST_WAIT_MS) return wait;
    const detail = `wait must be 0 or a duration of at most ${formatDuration(MOST_WAIT_MS)} such as "30s"`;
    throw refused('InvalidRequest', { detail, field: 'wait' });
  }
  const preferred = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/i.exec(headers.prefer?.toString() ?? '')?.[1];
  return preferred === undefined ? byDefaultMs : Math.min(Number(preferred) * 1_000, MOST_WAIT_MS);
}
