/** Runs that make no progress: their workflow tasks fail again and again, or somebody has paused them. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import proto from '@temporalio/proto';
import { decodePayloads } from '../activities/run-input.js';
import { NAMES } from '../domain/contract.js';
import { OPEN_RUNS } from '../domain/run-status.js';
import { grpcFacts, INVALID_ARGUMENT } from './errors.js';

type IFailure = proto.temporal.api.failure.v1.IFailure;

const { WorkflowExecutionStatus, WorkflowTaskFailedCause } = proto.temporal.api.enums.v1; // CommonJS: no named exports

/** The server then refuses updates of the run, until one of its workflow tasks is done. */
const MIN_FAILED_TASKS = 3;
/** Retries of a task wait longer each time: so many take some minutes. */
const MIN_LASTING_TASKS = 10;
/** Without Temporal's own list of such runs each open run is looked at; so many are. */
const MAX_LOOKED_AT = 1_000;
const AT_ONCE = 20;
const PAGE_SIZE = 200;
/** The last events of a history, among which the failure of a task is. */
const LAST_EVENTS = 10;
const MAX_CAUSE = 200;
const TYPES = [NAMES.manageLease, NAMES.provisionLease, NAMES.provisionMany, NAMES.spendingBook];
const OURS = `WorkflowType IN (${TYPES.map((type) => `'${type}'`).join(', ')})`;
const PROBLEMS = defineSearchAttributeKey('TemporalReportedProblems', SearchAttributeType.KEYWORD_LIST);
/** Server 1.30 and newer: https://docs.temporal.io/encyclopedia/detecting-workflow-failures */
const REPORTED = `${OURS} AND ${OPEN_RUNS} AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`;
const PAUSED = `${OURS} AND ExecutionStatus = 'Paused'`;

/** What Temporal's list says of it; older servers list no such thing. */
export function stalledBy({ status, typedSearchAttributes }: WorkflowExecutionInfo): string | undefined {
  if (status.name === 'PAUSED') return 'paused';
  return typedSearchAttributes.get(PROBLEMS)?.join(', ');
}

interface RunId {
  workflowId: string;
  runId?: string;
}

export interface StalledRun extends RunId {
  /** One sentence: what is wrong, and since when. */
  why: string;
  /** For minutes, and not for a moment only, as when a worker is replaced. */
  isLasting: boolean;
}

export interface StalledRuns {
  runs: StalledRun[];
  /** Not all open runs were looked at: there are more, and this server keeps no list of such runs. */
  isPart: boolean;
}

/** Asks Temporal alone, no worker, and decodes nothing. Undefined where the run makes progress, or is over. */
export async function stalledRun(client: Client, run: RunId): Promise<StalledRun | undefined> {
  const { workflowService, options } = client;
  const execution = { workflowId: run.workflowId, ...(run.runId !== undefined && { runId: run.runId }) };
  const { namespace } = options;
  const { workflowExecutionInfo: info, pendingWorkflowTask: task } =
    await workflowService.describeWorkflowExecution({ namespace, execution });
  if (info?.status === WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED)
    return {
      ...run,
      why: 'it is paused at Temporal: `temporal workflow unpause` lets it go on',
      isLasting: true,
    };
  const failed = (task?.attempt ?? 1) - 1;
  if (failed + 1 < MIN_FAILED_TASKS) return undefined;
  const first = await firstFailure(client, execution).catch(() => undefined);
  const why = `its workflow task has failed ${failed} times${first ?? ''}`;
  return { ...run, why, isLasting: failed >= MIN_LASTING_TASKS };
}

/** Those of all open runs of Leasehold. */
export async function stalledRuns(client: Client): Promise<StalledRuns> {
  const listed = await reportedRuns(client);
  const { runs, isPart } = listed ?? (await openRuns(client));
  const found: StalledRun[] = [];
  const queue = runs.values();
  const lane = async (): Promise<void> => {
    for (const run of queue) {
      const stalled = await stalledRun(client, run);
      if (stalled) found.push(stalled);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { runs: found, isPart };
}

/** By Temporal's own list; undefined where the server keeps none. */
async function reportedRuns(client: Client): Promise<{ runs: RunId[]; isPart: boolean } | undefined> {
  try {
    const [reported, paused] = [await listed(client, REPORTED), await listed(client, PAUSED)];
    return { runs: [...reported.runs, ...paused.runs], isPart: reported.isPart || paused.isPart };
  } catch (error) {
    if (grpcFacts(error).code === INVALID_ARGUMENT) return undefined;
    throw error;
  }
}

function openRuns(client: Client): Promise<{ runs: RunId[]; isPart: boolean }> {
  return listed(client, `${OURS} AND ${OPEN_RUNS}`);
}

async function listed(client: Client, query: string): Promise<{ runs: RunId[]; isPart: boolean }> {
  const { workflowService, options } = client;
  const runs: RunId[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await workflowService.listWorkflowExecutions({
      namespace: options.namespace,
      query,
      pageSize: PAGE_SIZE,
      nextPageToken,
    });
    for (const { execution } of page.executions)
      if (execution?.workflowId && execution.runId)
        runs.push({ workflowId: execution.workflowId, runId: execution.runId });
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0 && runs.length < MAX_LOOKED_AT);
  return { runs, isPart: nextPageToken.length > 0 };
}

/** Since when, and what the worker said: the history has the first failure of a task alone. */
async function firstFailure(client: Client, execution: RunId): Promise<string | undefined> {
  const { workflowService, options } = client;
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution,
    maximumPageSize: LAST_EVENTS,
  });
  for (const { workflowTaskFailedEventAttributes: failed, eventTime } of history?.events ?? []) {
    if (!failed) continue;
    const kind = WorkflowTaskFailedCause[failed.cause ?? 0] ?? 'unknown';
    const message = failed.failure && (await messageOf(client, failed.failure));
    const since = new Date(Number(eventTime?.seconds ?? 0) * 1_000).toISOString();
    return ` since ${since}: ${message?.split('\n')[0]?.slice(0, MAX_CAUSE) || kind.toLowerCase()}`;
  }
  return undefined;
}

/** With encryption the message is a payload. */
async function messageOf(
  client: Client,
  { message, encodedAttributes }: IFailure,
): Promise<string | undefined> {
  if (!encodedAttributes) return message ?? undefined;
  const [attributes] = await decodePayloads(client, [encodedAttributes]).catch(() => []);
  const isReadable = typeof attributes === 'object' && attributes !== null && 'message' in attributes;
  return isReadable && typeof attributes.message === 'string' ? attributes.message : undefined;
}
