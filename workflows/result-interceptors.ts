import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import type { WorkflowInterceptors, WorkflowOutboundCallsInterceptor } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { Undecodable } from './undecodable.js';

/** Activities that return nothing, or may. */
type WithoutResult = {
  [Name in keyof Activities]: undefined extends Awaited<ReturnType<Activities[Name]>> ? Name : never;
}[keyof Activities];

const WITHOUT_RESULT: Record<WithoutResult, true> = { postEvent: true, gaugeFindings: true };

/**
 * A result that somebody else put in (`temporal activity complete`) says nothing about what the activity did. It becomes
 * the failure of an activity that ended without an outcome: a request is in doubt, and a read is repeated.
 */
const outbound: WorkflowOutboundCallsInterceptor = {
  scheduleActivity: async (input, next) => {
    const result = await next(input);
    const { activityType, seq } = input;
    if (result instanceof Undecodable) throw withoutOutcome(activityType, seq, result.undecodable);
    if (result === undefined && !Object.hasOwn(WITHOUT_RESULT, activityType))
      throw withoutOutcome(activityType, seq, 'it is missing');
    return result;
  },
};

export const interceptors = (): WorkflowInterceptors => ({ outbound: [outbound] });

function withoutOutcome(activityType: string, seq: number, why: string): ActivityFailure {
  const message = `the result of ${activityType} is not used: ${why}`;
  const cause = ApplicationFailure.nonRetryable(message, 'UndecodableResult');
  const { NON_RETRYABLE_FAILURE: state } = RetryState;
  return new ActivityFailure(message, activityType, String(seq), state, undefined, cause);
}
