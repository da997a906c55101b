/** Worker after worker, each of which replays the whole history. */
import { expect } from 'vitest';
import { test } from '../../support/fixture.js';
import { Plan, ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;
const messages = Array.from({ length: 6 }, (_, index) => ({
  id: `m${index}`,
  to: TO,
  message: `text ${index}`,
}));

test('another worker takes over in every state of a lease', async ({ open }) => {
  const faults = new Plan();
  const world = await open({
    takeOvers: true,
    faults,
    termination: { minMs: 30 * MINUTE_MS, maxMs: 30 * MINUTE_MS },
  });
  let stop = await world.work();
  const takeOver = async () => {
    await stop();
    stop = await world.work();
  };
  const calls = (route: string) => world.simulator.controls.calls()[route] ?? 0;

  faults.on(ROUTE.find, { phase: 'before', delayMs: 400 });
  faults.on(ROUTE.lease, { phase: 'answering', delayMs: 400 });
  faults.on(ROUTE.read, { phase: 'before', status: 404 }); // the first verification comes too early
  const pacing = { perSecond: 0.02, burst: 2 };
  const provision = await world.start({ reference: 'passed-on', messages, pacing, term: '1 day' });
  await world.soon('the search', () => calls(ROUTE.find) === 1);
  await takeOver();
  await world.soon('the lease call', () => calls(ROUTE.lease) === 1);
  await takeOver();
  const lease = world.lease((await provision.result()).number);

  await world.soon('the first texts', async () => (await lease.status()).counts.sent === 2);
  await takeOver();
  await world.later('half of the texts', 10_000, async () => (await lease.status()).counts.sent >= 4);
  await takeOver();
  await world.later('the other texts', 10_000, async () => (await lease.status()).counts.sent === 6);

  await takeOver();
  const { expiresAt } = await lease.extend({ term: '1 day' });
  await takeOver();
  expect((await lease.status()).expiresAt).toBe(expiresAt);
  await world.server.sleep(Date.parse(expiresAt) - (await world.server.now()) + MINUTE_MS);
  expect((await lease.status()).state).toBe('terminating');
  await takeOver();
  await world.server.sleep(20 * MINUTE_MS);
  expect((await lease.status()).state).toBe('attention');
  await takeOver();
  expect(await lease.result()).toMatchObject({ reason: 'expired', releasedBy: 'us', counts: { sent: 6 } });

  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(1);
  expect(await world.texts()).toHaveLength(6);
});
