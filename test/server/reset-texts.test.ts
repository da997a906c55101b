import { expect, test } from 'vitest';
import { leaseId } from '../../domain/ids.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { resetRun } from '../support/reset.js';

const TO = '+12025550123';
const HELLO = { id: 'm', to: TO, message: 'Hello' };

test('a run that is reset to before a send finds the text in the history and sends it no second time', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'reset', ...BRISK });
  expect(await lease.send(HELLO)).toMatchObject({ outcome: 'sent' });
  const [sendId = 0] = await scheduled(world, lease.number);
  await resetRun(world, leaseId(lease.number), sendId);
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
