import { randomUUID } from 'node:crypto';
import type { DevWorld } from './dev-world.js';

/** `temporal workflow reset`: the run's history is taken back to its first task. */
export async function resetToFirstTask({ client, namespace }: DevWorld, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const done = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed);
  await client.workflowService.resetWorkflowExecution({
    namespace: namespace.name,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: done!.eventId!,
  });
}
