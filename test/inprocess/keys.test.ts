import { expect } from 'vitest';
import { startSimulator } from '../../simulator/index.js';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HALF_AN_HOUR = { minMs: 30 * MINUTE_MS, maxMs: 30 * MINUTE_MS };
const NEW_KEY = 'contiguity_sk_rotated';

test('a key that is revoked and replaced ends nothing, whatever a lease was doing', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ takeOvers: true, faults, termination: HALF_AN_HOUR });
  const stop = await world.work();
  const terminating = await world.leased({ reference: 'terminating' });
  await terminating.terminate();
  const active = await world.leased({ reference: 'active' });
  const sending = await world.leased({ reference: 'sending' });
  faults.on(ROUTE.lease, { phase: 'after', reset: true }).on(ROUTE.read, () => {
    world.simulator.controls.setKey(NEW_KEY);
    return undefined;
  });
  const leasing = await world.start({ reference: 'leasing' });
  await world.soon('the key to be revoked', () => (world.simulator.controls.calls()[ROUTE.lease] ?? 0) === 4);
  await world.server.sleep(MINUTE_MS);
  const sent = await sending.begin('send', { id: 'm', to: TO, message: 'with the new key' });
  await world.server.sleep(4 * MINUTE_MS);
  const inDoubt = world.lease((await leasing.status()).number!);
  for (const lease of [terminating, sending, inDoubt]) {
    const { state, attention } = await lease.status();
    expect([state, attention?.message]).toEqual(['attention', expect.stringContaining('401')]);
  }
  expect((await active.status()).state).toBe('active');
  await stop();
  await world.work(NEW_KEY);
  expect(await sent()).toMatchObject({ outcome: 'sent' });
  const leased = await leasing.result();
  expect(leased.number).toBe(inDoubt.number);
  expect(await terminating.result()).toMatchObject({ releasedBy: 'us' });
  world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
  for (const lease of [active, sending, inDoubt]) {
    expect((await lease.status()).state).toBe('active');
    await lease.terminate();
    expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  }
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(4);
  expect(await world.texts()).toHaveLength(1);
});

test('a search waits for nobody: a revoked key ends the request that leased nothing yet', async ({
  open,
}) => {
  const world = await open({ takeOvers: true });
  await world.work();
  world.simulator.controls.setKey(NEW_KEY);
  const provision = await world.start({ reference: 'nothing-yet' });
  await expect(provision.result()).rejects.toMatchObject({ cause: { type: 'Unauthorized' } });
});

test('a worker that talks to another API neither sends, terminates nor believes in a release', async ({
  open,
}) => {
  const world = await open({ takeOvers: true, termination: { minMs: MINUTE_MS, maxMs: MINUTE_MS } });
  const stop = await world.work();
  const lease = await world.leased({ reference: 'elsewhere' });
  await stop();
  const other = await startSimulator({ clock: world.server });
  const stopElsewhere = await world.work(other.apiKey, other.url);
  const sent = await lease.begin('send', { id: 'm', to: TO, message: 'from home' });
  await world.server.sleep(10 * MINUTE_MS);
  expect((await lease.status()).state).toBe('attention');
  await lease.terminate();
  await world.server.sleep(60 * MINUTE_MS);
  const { state, attention } = await lease.status();
  expect([state, attention?.message]).toEqual([
    'attention',
    expect.stringContaining(`was leased at ${world.simulator.url}`),
  ]);
  expect(other.controls.calls()).toEqual({});
  await expect(sent()).rejects.toMatchObject({ cause: { type: 'LeaseNotActive' } });
  await stopElsewhere();
  await other.close();
  await world.work();
  expect(await lease.result()).toMatchObject({ releasedBy: 'us', leaseId: expect.any(String) as string });
});

test('a new key that shows nothing of what was held is not believed until a person vouches for it', async ({
  open,
}) => {
  const world = await open({ takeOvers: true, termination: HALF_AN_HOUR });
  const stop = await world.work();
  const lease = await world.leased({ reference: 'vanished' });
  await lease.terminate();
  // A worker that stops may take a call with it, which then times out in the middle of the hour below.
  await world.later('a look for the release', SECOND_MS, async () => (await lease.status()).polls > 0);
  await stop();
  world.simulator.controls.reset();
  world.simulator.controls.setKey(NEW_KEY);
  await world.work(NEW_KEY);
  await world.server.sleep(60 * MINUTE_MS);
  const doubted = await lease.status();
  expect(doubted).toMatchObject({
    state: 'attention',
    attention: { message: expect.stringContaining('same account?') as string },
  });
  expect(doubted.log.filter(({ text }) => text.startsWith('attention'))).toHaveLength(1);
  await lease.update('terminate', { sameAccount: true });
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
});
