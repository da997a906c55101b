/** Lives that poll for an hour without a cache, so that another worker can take them over: each replays whole histories. */
import { describe, expect } from 'vitest';
import { startSimulator } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import { Plan, ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;
const HALF_AN_HOUR = { minMs: 30 * MINUTE_MS, maxMs: 30 * MINUTE_MS };
const NEW_KEY = 'contiguity_sk_rotated';

describe.each([401, 403])('%i on every route for an hour, then a new key', (status) => {
  test('ends no run, whatever its lease was doing: all go on', async ({ open }) => {
    let shut = false;
    const faults = new Plan();
    const world = await open({
      takeOvers: true,
      termination: HALF_AN_HOUR,
      faults: { decide: (call) => (shut ? { phase: 'before', status } : faults.decide(call)) },
    });
    const stop = await world.work();
    const terminating = await world.leased({ reference: 'terminating' });
    await terminating.terminate();
    const active = await world.leased({ reference: 'active' });
    const expiring = await world.leased({ reference: 'expiring', term: '20m' });
    const sending = await world.leased({ reference: 'sending' });
    faults.on(ROUTE.lease, () => {
      shut = true;
      return { phase: 'after', reset: true };
    });
    const leasing = await world.start({ reference: 'leasing', acquireTimeout: '2h' });
    await world.soon('the key to be refused', () => shut);
    const sent = await sending.begin('send', { id: 'm', to: TO, message: 'with the new key' });
    await world.server.sleep(60 * MINUTE_MS);
    const inDoubt = world.lease((await leasing.status()).number!);
    const all = [terminating, active, expiring, sending, inDoubt];
    const states = await Promise.all(all.map(async (lease) => (await lease.status()).state));
    expect(states).toEqual(['attention', 'active', 'attention', 'attention', 'attention']);
    expect((await world.simulator.controls.ledger()).open.length).toBeGreaterThanOrEqual(4);
    await stop();
    shut = false;
    world.simulator.controls.setKey(NEW_KEY);
    world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
    await world.work(NEW_KEY);
    expect(await sent()).toMatchObject({ outcome: 'sent' });
    expect((await leasing.result()).number).toBe(inDoubt.number);
    for (const lease of [active, sending, inDoubt]) await lease.terminate();
    for (const lease of all) expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
    const { entries, open: held } = await world.simulator.controls.ledger();
    expect(held).toEqual([]);
    expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(5);
    expect(await world.texts()).toHaveLength(1);
  }, 180_000);
});

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
