import { ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { CallFacts } from '../domain/outcome.js';

/**
 * Calls that change something at the vendor: one attempt, because nobody knows whether a lost answer means that it
 * acted. The limit is above the HTTP client's own (10 s), so it ends an attempt only when its worker is gone.
 */
export const changes = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  retry: { maximumAttempts: 1 },
});

/**
 * Reads of the vendor's API, and requests to Temporal. They return what they could not read instead of failing, so every
 * longer wait is a timer with a reason. A cancel waits for the result, so that no activity outlives its run. They are not
 * local activities, because an update or a signal during a local activity can make the history fail to replay (decision 21).
 */
export const reads = proxyActivities<Activities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

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

/** An activity that ended without an outcome (time limit, lost worker, a mistake of ours) as the facts of a call. */
export function factsOfLoss(error: unknown, call: string): CallFacts {
  if (!(error instanceof ActivityFailure)) throw error;
  const message = error.cause?.message ?? error.message;
  return {
    call,
    message: `no outcome was reported: ${message}`.slice(0, 300),
    byVendor: false,
    neverSent: false,
  };
}
