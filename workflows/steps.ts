import {
  ActivityFailure,
  ApplicationFailure,
  patched,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { READS_IN_QUEUE } from '../domain/contract.js';
import type { CallFacts } from '../domain/outcome.js';

/**
 * Calls that change something at the vendor: one attempt, because nobody knows whether a lost answer means that it
 * acted. The limit is above the HTTP client's own (10 s), so it ends an attempt only when its worker is gone.
 */
export const changes = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  retry: { maximumAttempts: 1 },
});

const LOOK = { startToCloseTimeout: '20s', retry: { initialInterval: '200ms', maximumAttempts: 3 } } as const;
/** A cancel waits for the answer, so that no activity outlives its run. */
const inQueue = proxyActivities<Activities>({ ...LOOK, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
const inTask = proxyLocalActivities<Activities>(LOOK);

/**
 * Reads and talks with Temporal. They report what they could not read instead of failing, so every longer wait is a timer
 * of ours that says why. Not as local activities, in the workflow task itself, but for runs that began so: a run that is
 * told something while one of them ends may not replay (decision 21).
 */
export function looks(): typeof inQueue | typeof inTask {
  const { memo } = workflowInfo();
  return memo?.readsInQueue === READS_IN_QUEUE.readsInQueue || patched('reads-in-queue') ? inQueue : inTask;
}

/**
 * Hands a number to its run. Not in the workflow task itself: a task that dies with its worker forgets what it had
 * chosen and chooses again, while the first choice is being leased. This way each choice is in the history before
 * anything is asked. It may be repeated: it joins what it began.
 */
export const handOvers = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
});

/**
 * Reads that nothing waits for. Not in the workflow task itself, which they would hold up while the API is slow. What has
 * no answer is read again later.
 */
export const asides = proxyActivities<Activities>({
  startToCloseTimeout: '60s',
  retry: { maximumAttempts: 1 },
});

/** Whether an activity failed. The SDK wraps what a regular one threw, and gives what a local one threw as it is. */
export function isLoss(error: unknown): error is ActivityFailure | ApplicationFailure {
  return error instanceof ActivityFailure || error instanceof ApplicationFailure;
}

/** An activity that ended without an outcome (time limit, lost worker, a mistake of ours) as the facts of a call. */
export function factsOfLoss(error: unknown, call: string): CallFacts {
  if (!isLoss(error)) throw error;
  const message = error.cause?.message ?? error.message;
  return {
    call,
    message: `no outcome was reported: ${message}`.slice(0, 300),
    byVendor: false,
    neverSent: false,
  };
}
