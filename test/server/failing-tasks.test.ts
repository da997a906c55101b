/** A run whose tasks fail, as after the loss of a worker's machine, is asked for something before another worker is there. */
import { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { WAKE } from '../../domain/lease-input.js';
import { BRISK, devWorld, type DevWorld } from '../support/dev-world.js';

/** From then on the server refuses updates of the run, until one of its tasks is done. */
const REFUSING_ATTEMPT = 3;

/** The server answers a poll a little before that, with nothing where there is no task. */
const POLL_MS = 20_000;

/** Takes the tasks of the world's one run, as a worker would, and fails each. */
async function failTasks({ client, namespace, taskQueue }: DevWorld): Promise<void> {
  const ours = { namespace: namespace.name, identity: 'a worker that fails' };
  const { workflowService } = client;
  for (let attempt = 1; attempt < REFUSING_ATTEMPT;) {
    const task = await client.connection.withDeadline(Date.now() + POLL_MS, () =>
      workflowService.pollWorkflowTaskQueue({ ...ours, taskQueue: { name: taskQueue } }),
    );
    if (task.taskToken.length === 0) continue; // its wait was over
    const cause =
      temporal.api.enums.v1.WorkflowTaskFailedCause
        .WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
    await workflowService.respondWorkflowTaskFailed({ ...ours, taskToken: task.taskToken, cause });
    attempt = task.attempt + 1;
  }
}

test('what is asked of it then is done once a worker does its tasks', async () => {
  const world = await devWorld();
  const stop = await world.work();
  const lease = await world.leasehold.provision({ reference: 'failing', ...BRISK });
  await stop();
  await world.run(lease.number).signal(WAKE);
  await failTasks(world);

  const text = { id: 'm1', to: '+12025550123', message: 'Only once' };
  const sent = lease.send(text);
  sent.catch(() => undefined); // looked at below
  await world.work();
  expect(await sent).toMatchObject({ id: 'm1', outcome: 'sent' });
  expect(await world.entries('text')).toHaveLength(1);
  await lease.terminate();
  await lease.released();
});
