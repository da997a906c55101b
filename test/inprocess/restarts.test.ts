import { expect } from 'vitest';
import { test } from '../support/fixture.js';

const TO = '+12025550123';

test('a provision that was started with no worker up is done by the first one that comes', async ({
  open,
}) => {
  const world = await open({ takeOvers: true });
  const provision = await world.start({ reference: 'nobody-there' });
  await world.work();
  expect(await provision.result()).toMatchObject({ status: 'active' });
});

test('what is asked while no worker is up is answered by the next one', async ({ open }) => {
  const world = await open({ takeOvers: true });
  const stop = await world.work();
  const lease = await world.leased({ reference: 'asleep' });
  await stop();
  const sending = lease.send({ id: 'm', to: TO, message: 'hello' });
  await lease.handle.signal('numberSubstituted', { usedNumber: '+12025550177' });
  await world.work();
  expect(await sending).toMatchObject({ outcome: 'sent' });
  const { log } = await lease.status();
  expect(log.map(({ text }) => text)).toContain('a text left from +12025550177 instead of this number');
});
