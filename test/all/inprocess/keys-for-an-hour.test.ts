/** Lives that poll for an hour without a cache, so that another worker can take them over: each replays whole histories. */
import { describe, expect } from 'vitest';
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
    const leasing = await world.start({ reference: 'leasing' });
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
