import { WorkflowNotFoundError } from '@temporalio/client';
import { decodePayloads } from '../run-input.js';
import { ask, type Context } from '../context.js';
import { grpcFacts } from '../errors.js';
import { EventReader, type Fact } from './events.js';

/** Events of one page: with inputs of continued runs of up to 2 MB it stays far below what gRPC takes at once. */
const PAGE = 200;
const NOT_FOUND = 5;
const NOTHING = new Uint8Array();

/** The facts of one run, page by page, so that a long history is never whole in memory. */
export async function* factsOf(context: Context, workflowId: string, runId: string): AsyncGenerator<Fact> {
  const reader = new EventReader((payloads) => decodePayloads(context, payloads));
  for (let page: Uint8Array | undefined = NOTHING; page;) {
    const { history, nextPageToken } = await pageOf(context, workflowId, runId, page, PAGE);
    for (const event of history?.events ?? []) {
      const fact = await reader.read(event);
      if (fact) yield fact;
    }
    page = nextPageToken.length > 0 ? nextPageToken : undefined;
  }
}

/** Ids of the runs of one lease that are kept, oldest first, and whether earlier ones are not kept any more. */
export async function chainOf(
  context: Context,
  workflowId: string,
  lastRunId: string,
): Promise<{ runIds: string[]; earlierGone: boolean }> {
  const runIds: string[] = [];
  for (let runId = lastRunId; runId !== '';) {
    const first = await firstEvent(context, workflowId, runId);
    if (!first) return { runIds: runIds.reverse(), earlierGone: true };
    runIds.push(runId);
    runId = first.continuedExecutionRunId ?? '';
  }
  return { runIds: runIds.reverse(), earlierGone: false };
}

async function firstEvent(context: Context, workflowId: string, runId: string) {
  try {
    const { history } = await pageOf(context, workflowId, runId, NOTHING, 1);
    return history?.events?.[0]?.workflowExecutionStartedEventAttributes ?? undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function pageOf(
  context: Context,
  workflowId: string,
  runId: string,
  nextPageToken: Uint8Array,
  maximumPageSize: number,
) {
  const { client, namespace } = context;
  const execution = { workflowId, runId };
  return ask(context, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution,
      nextPageToken,
      maximumPageSize,
    }),
  );
}

/** Temporal keeps a run that is over for the namespace's retention. */
export function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return grpcFacts(error).code === NOT_FOUND;
}
