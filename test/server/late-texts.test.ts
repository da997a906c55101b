/** What only a real server has: a queue that keeps an activity for hours, and `temporal workflow reset`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { NAMES } from '../../domain/contract.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { WORKFLOW_BUNDLE } from '../support/servers.js';

const TO = '+12025550123';
const HELLO = { id: 'm', to: TO, message: 'Hello' };
/** Longer than a send may wait in the queue. */
const IN_QUEUE_MS = 35_000;

test('a send that no worker took from the queue in time is not sent after a STOP', async () => {
  const world = await devWorld();
  const stop = await world.work();
  const lease = await world.leasehold.provision({ reference: 'queued', ...BRISK });
  await stop();
  const { native: connection, name: namespace } = world.namespace;
  const workflowBundle = { codePath: WORKFLOW_BUNDLE };
  const { taskQueue } = world;
  const withoutActivities = await Worker.create({ connection, namespace, taskQueue, workflowBundle });
  const running = withoutActivities.run();
  const sending = lease.send(HELLO).catch((error: unknown) => error);
  await until(
    'the send is queued',
    () => scheduled(world, lease.number),
    (ids) => ids.length > 0,
  );
  const run = world.run(lease.number);
  await run.signal(NAMES.optOutReported, { recipient: TO, optedOut: true, at: Date.now() });
  await sleep(IN_QUEUE_MS);
  withoutActivities.shutdown();
  await running;
  await world.work();
  await sending;
  await until(
    'the text is settled',
    () => lease.status(),
    ({ counts }) => counts.queued === 0,
  );
  expect(await world.entries('text')).toEqual([]);
  expect((await lease.status()).messages).toMatchObject([{ failure: { type: 'OptedOut' } }]);
}, 120_000);

test('a run that is reset to before a send finds the text in the history and sends it no second time', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'reset', ...BRISK });
  expect(await lease.send(HELLO)).toMatchObject({ outcome: 'sent' });
  const [sendId = 0] = await scheduled(world, lease.number);
  await resetBefore(world, lease.number, sendId);
  await until(
    'the text is settled',
    () => lease.status(),
    ({ counts }) => counts.sent === 1,
  );
  expect((await lease.status()).messages).toEqual([{ id: 'm', to: TO, outcome: 'sent' }]);
  expect(await lease.send({ ...HELLO, id: 'next', message: 'Next' })).toMatchObject({ outcome: 'sent' });
  expect((await world.entries('text')).map(({ message }) => message)).toEqual(['Hello', 'Next']);
});

/** Ids of the events with which sends were scheduled. */
async function scheduled(world: DevWorld, number: string): Promise<number[]> {
  const { events } = await world.run(number).fetchHistory();
  return (events ?? [])
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendText')
    .map(({ eventId }) => Number(eventId));
}

/** Takes the history back to before the workflow task that scheduled something. */
async function resetBefore(world: DevWorld, number: string, eventId: number): Promise<void> {
  const { client, namespace } = world;
  const handle = world.run(number);
  const { runId, workflowId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const task = events?.findLast(
    (event) => event.workflowTaskCompletedEventAttributes && Number(event.eventId) < eventId,
  );
  await client.workflowService.resetWorkflowExecution({
    namespace: namespace.name,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task!.eventId!,
  });
}
