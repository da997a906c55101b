import { ActivityFailure, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Ambiguous, CallFacts, Refused } from '../domain/outcome.js';

/**
 * One attempt, because a lost response does not tell whether the request acted. The timeout is above the HTTP client's own
 * (10 s), so it ends an attempt only when its worker is gone.
 */
const ONE_ATTEMPT = { startToCloseTimeout: '15s', retry: { maximumAttempts: 1 } } as const;

/**
 * Lease and send requests. One that no worker took from the queue in time is not sent any more: by then the number may no
 * longer be wanted, or the recipient may have opted out.
 */
export const spends = proxyActivities<Activities>({ ...ONE_ATTEMPT, scheduleToStartTimeout: '30s' });

/** `DELETE` requests, which are as right after a day in the queue as at once: each reads first whether it is still due. */
export const deletes = proxyActivities<Activities>(ONE_ATTEMPT);

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
  scheduleToStartTimeout: '30s',
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

/** An activity that ended without an outcome (timeout, lost worker, a mistake of ours) as the facts of a request. */
export function factsOfLoss(error: unknown, call: string): CallFacts {
  if (!(error instanceof ActivityFailure)) throw error;
  const message = error.cause?.message ?? error.message;
  return {
    call,
    message: `no outcome was reported: ${message}`.slice(0, 300),
    byVendor: false,
    neverSent: neverStarted(error),
  };
}

/** What such an activity means for a request that changes something. */
export function outcomeOfLoss(error: unknown, call: string): Refused | Ambiguous {
  const facts = factsOfLoss(error, call);
  return { outcome: facts.neverSent ? 'refused' : 'ambiguous', call: facts };
}

/** No worker ever took it from the queue. */
function neverStarted({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
