import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { grpcFacts, isUnanswered, RESOURCE_EXHAUSTED, toLeaseholdError, UNAVAILABLE } from './errors.js';

/** A call that waits for nothing but the Temporal server. */
export const SERVER_LIMIT_MS = 15_000;
/** A change that a worker makes, and that needs nothing beyond it. */
export const WORKER_LIMIT_MS = 30_000;
/** A question that a worker answers from what it knows; the server itself waits 10 seconds for one. */
export const QUERY_LIMIT_MS = 12_000;
/** A text may queue behind others that leave one a second, or wait for its lost answer to be settled. */
export const SEND_LIMIT_MS = 10 * 60_000;

/** A wait of days outlives a restart of the Temporal server that takes no longer than this. */
const OUTAGE_LIMIT_MS = 10 * 60_000;

/** So long a worker that was lost may take to be replaced; a run whose tasks fail for longer needs an operator. */
const UNANSWERED_LIMIT_MS = 60_000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** What a server says whose run was dropped from its memory with the update not yet in its history: it was not done. */
const ABORTED = /workflow update was aborted$/;

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
 * Asks again while the run or the server has too much at once, while the run's tasks fail, and where what was asked was
 * dropped. Safe for updates alone: a repeat carries the same update id. Pauses double from 100 ms to 2 s, each shortened
 * by chance so that many callers do not return in step.
 */
export async function untilAdmitted<T>(
  connection: ConnectionLike,
  limitMs: number,
  call: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let unansweredSince: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await connection.withDeadline(deadline, call);
    } catch (error) {
      const waitMs = jittered(pauseMs);
      unansweredSince = isUnanswered(error) ? (unansweredSince ?? Date.now()) : undefined;
      const until = Math.min(deadline, (unansweredSince ?? Infinity) + UNANSWERED_LIMIT_MS);
      if (!isToBeAskedAgain(error) || Date.now() + waitMs >= until) throw toLeaseholdError(error);
      await sleep(waitMs);
    }
  }
}

/** Waits for the result of a run, however long that takes; a server that is away for a while is waited for as well. */
export async function outlastingOutages<T>(wait: () => Promise<T>): Promise<T> {
  let awaySince: number | undefined;
  for (;;) {
    const began = Date.now();
    try {
      return await wait();
    } catch (error) {
      const now = Date.now();
      if (awaySince === undefined || now - began > OUTAGE_LIMIT_MS) awaySince = now;
      if (grpcFacts(error).code !== UNAVAILABLE || now - awaySince > OUTAGE_LIMIT_MS)
        throw toLeaseholdError(error);
      await sleep(jittered(LONGEST_PAUSE_MS));
    }
  }
}

function jittered(pauseMs: number): number {
  return pauseMs * (0.5 + Math.random() / 2);
}

function isToBeAskedAgain(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError) {
    return error.cause instanceof ApplicationFailure && error.cause.type === 'Busy';
  }
  const { code, text } = grpcFacts(error);
  if (code === UNAVAILABLE) return ABORTED.test(text);
  return code === RESOURCE_EXHAUSTED || isUnanswered(error);
}
