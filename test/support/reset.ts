import { randomUUID } from 'node:crypto';
import type { DevWorld } from './dev-world.js';

/** `temporal workflow reset`: the run's history is taken back to its first task, or to the last one before an event. */
export async function resetRun(
  { client, namespace }: DevWorld,
  workflowId: string,
  beforeEventId?: number,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: completed }) => completed);
  const task =
    beforeEventId === undefined ? tasks[0] : tasks.findLast(({ eventId }) => Number(eventId) < beforeEventId);
  await client.workflowService.resetWorkflowExecution({
    namespace: namespace.name,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task!.eventId!,
  });
}
