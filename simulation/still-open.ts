import type { WorkflowHandle } from '@temporalio/client';

const LAST_EVENTS = 12;

/** In words, for a violation: what a run that should have ended long ago waits for, and what happened to it last. */
export async function stillOpen(run: WorkflowHandle): Promise<string> {
  const words = `${run.workflowId} is still open, long after the last fault`;
  try {
    return `${words}: ${await waitsFor(run)}; its last events: ${await lastEvents(run)}`;
  } catch (error) {
    return `${words}, and nothing more is known: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function waitsFor(run: WorkflowHandle): Promise<string> {
  const { raw } = await run.describe();
  const activities = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name ?? 'an activity'}, attempt ${attempt ?? 1}${lastFailure?.message ? ` (${lastFailure.message})` : ''}`,
  );
  const task = raw.pendingWorkflowTask;
  if (task) activities.push(`its workflow task, attempt ${task.attempt ?? 1}`);
  return activities.length === 0 ? 'no activity is under way' : `under way: ${activities.join(', ')}`;
}

async function lastEvents(run: WorkflowHandle): Promise<string> {
  const { events } = await run.fetchHistory();
  const typed = (events ?? []).slice(-LAST_EVENTS).map((event) => {
    const attributes = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
    return `${String(event.eventId)} ${attributes?.replace('EventAttributes', '') ?? 'an event'}`;
  });
  return typed.join(', ');
}
