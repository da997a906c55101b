import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Run } from './runs.js';

/** How large the history of one run is; its limits at Temporal are 51,200 events and 50 MB. */
export interface HistorySize extends Run {
  events: number;
  bytes: number;
}

/** The run and all that it went on in, oldest first. */
export async function historySizes({ workflow }: Client, { workflowId, runId }: Run): Promise<HistorySize[]> {
  const sizes: HistorySize[] = [];
  for (let next: string | undefined = runId; next;) {
    const history: temporal.api.history.v1.IHistory = await workflow
      .getHandle(workflowId, next)
      .fetchHistory();
    const { events } = history;
    const bytes = temporal.api.history.v1.History.encode(history).finish().length;
    sizes.push({ workflowId, runId: next, events: events?.length ?? 0, bytes });
    next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return sizes;
}

/** In how many runs it went on, and how large the longest history of them is. */
export async function longest(client: Client, run: Run) {
  const sizes = await historySizes(client, run);
  return {
    runs: sizes.length,
    events: Math.max(...sizes.map(({ events }) => events)),
    bytes: Math.max(...sizes.map(({ bytes }) => bytes)),
  };
}
