/**
 * Temporal's lists and descriptions of runs, where one run that this process cannot decode fails nothing but itself: its
 * memo may be encrypted with a key that is not here. Everything else that is known of a run is readable.
 */
import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';

/** One that cannot be decoded has no memo, and counts as whatever holds most. */
export type RunSeen = WorkflowExecutionInfo & {
  /** Why its memo cannot be decoded. */
  unreadable?: string;
};

type RawRun = Parameters<typeof executionInfoFromRaw>[0];

export interface RunPage {
  runs: RunSeen[];
  /** Empty after the last page. */
  nextPageToken: Uint8Array;
}

const PAGE_SIZE = 200;

export async function pageOfRuns(
  client: Client,
  query: string,
  {
    pageSize = PAGE_SIZE,
    nextPageToken = new Uint8Array(),
  }: { pageSize?: number; nextPageToken?: Uint8Array },
): Promise<RunPage> {
  const { namespace } = client.options;
  const page = await client.workflowService.listWorkflowExecutions({
    namespace,
    query,
    pageSize,
    nextPageToken,
  });
  const runs = await Promise.all(page.executions.map((raw) => runSeen(client, raw)));
  return { runs, nextPageToken: page.nextPageToken };
}

export async function* listRuns(
  client: Client,
  query: string,
  pageSize = PAGE_SIZE,
): AsyncGenerator<RunSeen> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page: RunPage = await pageOfRuns(client, query, { pageSize, nextPageToken });
    yield* page.runs;
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** One run of a workflow id; the latest one, where none is named. Undefined where there is none. */
export async function describeRun(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<RunSeen | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    const { raw, ...run } = await handle.describe();
    return { ...run, raw: raw.workflowExecutionInfo ?? {} };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (!isUndecodable(error)) throw error;
    const { namespace } = client.options;
    const execution = { workflowId, ...(runId !== undefined && { runId }) };
    const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({
      namespace,
      execution,
    });
    return workflowExecutionInfo ? runSeen(client, workflowExecutionInfo) : undefined;
  }
}

/** The run that a lease or a batch began with, whatever runs it went on in. */
export function firstRunIdOf({ raw, runId }: RunSeen): string {
  return raw.firstRunId || runId;
}

/** What Temporal's server says comes with a code of gRPC; what fails in this process has none. */
export function isUndecodable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return !('code' in error) && (error.cause === undefined || isUndecodable(error.cause));
}

const READS_NOTHING: PayloadConverter = {
  toPayload: defaultPayloadConverter.toPayload.bind(defaultPayloadConverter),
  fromPayload: () => undefined as never,
};

async function runSeen({ options }: Client, raw: RawRun): Promise<RunSeen> {
  const { loadedDataConverter, namespace } = options;
  try {
    return await executionInfoFromRaw(raw, loadedDataConverter, raw, namespace);
  } catch (error) {
    const reading = { ...loadedDataConverter, payloadCodecs: [], payloadConverter: READS_NOTHING };
    const run: RunSeen = await executionInfoFromRaw(raw, reading, raw, namespace);
    delete run.memo;
    return { ...run, unreadable: error instanceof Error ? error.message : String(error) };
  }
}
