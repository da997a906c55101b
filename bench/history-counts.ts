import type { temporal } from '@temporalio/proto';

export type History = temporal.api.history.v1.IHistory;
export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What the history of a run, or of several runs together, comes to. */
export interface HistoryCounts {
  events: number;
  /** Billable ones, as Temporal Cloud counts them. */
  actions: number;
  /** How often a worker was asked what to do next. */
  workflowTasks: number;
  /** Milliseconds that the runs slept on durable timers. */
  waitedMs: number;
}

const OF_PATCHES = 'TemporalChangeVersion';

/**
 * Billable actions are counted by the rules of https://docs.temporal.io/cloud/actions. All local activities of one
 * workflow task are one action, an activity is one for each attempt, search attributes count when they are changed and
 * not when a run starts with them, nor those of patches. Queries, heartbeats and rejected updates stand in no history;
 * the lives that are counted here have none.
 */
export function countHistories(histories: readonly History[]): HistoryCounts {
  const all = histories.map(countHistory);
  const sum = (of: (counts: HistoryCounts) => number) => all.reduce((total, counts) => total + of(counts), 0);
  return {
    events: sum(({ events }) => events),
    actions: sum(({ actions }) => actions),
    workflowTasks: sum(({ workflowTasks }) => workflowTasks),
    waitedMs: sum(({ waitedMs }) => waitedMs),
  };
}

function countHistory({ events }: History): HistoryCounts {
  const all = events ?? [];
  const markers = all.filter((event) => event.markerRecordedEventAttributes);
  const tasks = new Set(
    markers.map(({ markerRecordedEventAttributes: marker }) => String(marker?.workflowTaskCompletedEventId)),
  );
  return {
    events: all.length,
    actions: all.reduce((total, event) => total + actionsOf(event), tasks.size),
    workflowTasks: all.filter((event) => event.workflowTaskCompletedEventAttributes).length,
    waitedMs: waited(all),
  };
}

/** Actions of one event; markers are counted by their workflow task. */
function actionsOf(event: HistoryEvent): number {
  const { activityTaskStartedEventAttributes: activity } = event;
  if (activity) return Math.max(1, activity.attempt ?? 1); // one event stands for all attempts
  const { upsertWorkflowSearchAttributesEventAttributes: upsert } = event;
  if (upsert) return upsert.searchAttributes?.indexedFields?.[OF_PATCHES] ? 0 : 1;
  const counts =
    event.workflowExecutionStartedEventAttributes ??
    event.timerStartedEventAttributes ??
    event.workflowExecutionSignaledEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.startChildWorkflowExecutionInitiatedEventAttributes ??
    event.workflowExecutionOptionsUpdatedEventAttributes;
  return counts ? 1 : 0;
}

/** From the start of each timer until it fired or was cancelled, less what they overlap. */
function waited(events: readonly HistoryEvent[]): number {
  const ends = new Map<string, number>();
  for (const event of events) {
    const { timerFiredEventAttributes: fired, timerCanceledEventAttributes: cancelled } = event;
    const started = fired?.startedEventId ?? cancelled?.startedEventId;
    if (started !== undefined && started !== null) ends.set(String(started), timeOf(event));
  }
  let covered = 0;
  let total = 0;
  for (const event of events) {
    if (!event.timerStartedEventAttributes) continue;
    const start = Math.max(timeOf(event), covered);
    const end = ends.get(String(event.eventId)) ?? start; // one that the run did not live to see
    total += Math.max(0, end - start);
    covered = Math.max(covered, end);
  }
  return total;
}

/** Epoch milliseconds. */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}
