import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';

const TO = '+12025550123';
const HELLO = { id: 'm', to: TO, message: 'Hello' };

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
