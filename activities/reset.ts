import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Refused } from '../domain/outcome.js';

/**
 * Run id of the workflow where its history was taken back since the run id that it knows; undefined where it was not.
 * `temporal workflow reset` gives the run a new id, and what it did after the reset point is gone from its history, but
 * not from the vendor's.
 * @param knownRunId undefined: the run does not know; then its first event tells, which a reset copies
 */
export async function resetSince(
  temporal: Client,
  knownRunId: string | undefined,
): Promise<string | undefined> {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) return undefined;
  const { workflowId, runId } = workflowExecution;
  return (knownRunId ?? (await originalRunId(temporal, workflowId, runId))) === runId ? undefined : runId;
}

async function originalRunId(temporal: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace: temporal.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? runId;
}

/** The outcome of a request that was not sent because the run was reset: the run settles by reading what it did before. */
export function notSentAfterReset(call: string, runId: string): Refused {
  const message = 'the run was reset: what it did before is found out first';
  return { outcome: 'refused', reset: runId, call: { call, message, byVendor: false, neverSent: true } };
}
