import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { grpcFacts, toLeaseholdError } from './errors.js';

/** A call that waits for nothing but the Temporal server. */
export const SERVER_LIMIT_MS = 15_000;
/** A call that needs a worker to answer, and nothing beyond it. */
export const WORKER_LIMIT_MS = 30_000;
/** A text may queue behind others that leave one a second, or wait for its lost answer to be settled. */
export const SEND_LIMIT_MS = 10 * 60_000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const RESOURCE_EXHAUSTED = 8;

/** One call, bounded in time; throws `LeaseholdError` and nothing else. */
export async function bounded<T>(
  connection: ConnectionLike,
  limitMs: number,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    throw toLeaseholdError(error);
  }
}

/**
 * Asks again while the run or the server has too much at once. Safe for updates alone: a repeat carries the same
 * update id. Pauses double from 100 ms to 2 s, each shortened by chance so that many callers do not return in step.
 */
export async function untilAdmitted<T>(
  connection: ConnectionLike,
  limitMs: number,
  call: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await connection.withDeadline(deadline, call);
    } catch (error) {
      const waitMs = pauseMs * (0.5 + Math.random() / 2);
      if (!isTooMuchAtOnce(error) || Date.now() + waitMs >= deadline) throw toLeaseholdError(error);
      await sleep(waitMs);
    }
  }
}

function isTooMuchAtOnce(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError) {
    return error.cause instanceof ApplicationFailure && error.cause.type === 'Busy';
  }
  return grpcFacts(error).code === RESOURCE_EXHAUSTED;
}
