import { expect } from 'vitest';
import { NAMES, type RestoreAnswer, type TerminateAnswer } from '../../../domain/contract.js';
import { leaseId } from '../../../domain/ids.js';
import { LEASE_STATE } from '../../../domain/search-attributes.js';
import { test } from '../../support/fixture.js';
import { failureOf, type LeaseHandle, type World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const HOUR_MS = 3_600_000;
const TEXT = { id: 'm1', to: '+12025550123', message: 'Hello' };

const terminations = (world: World) => world.simulator.controls.calls()[ROUTE.terminate] ?? 0;
const restore = (lease: LeaseHandle) => lease.update<RestoreAnswer>(NAMES.restore, {});

test('a termination with a grace period is undone, and the number stays as it was', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'undone', grace: '2h' });
  const asked = await lease.terminate('by mistake');
  const releasesAt = new Date((await world.server.now()) + 2 * HOUR_MS);
  expect(asked.state).toBe('grace');
  expect(Math.abs(Date.parse(asked.releasesAt!) - releasesAt.getTime())).toBeLessThan(60_000);

  const status = await lease.status();
  expect(status).toMatchObject({ state: 'grace', releasesAt: asked.releasesAt });
  expect(status.nextWake).toEqual({ at: asked.releasesAt, why: `giving ${lease.number} back` });
  const run = world.server.client.workflow.getHandle(leaseId(lease.number));
  expect((await run.describe()).typedSearchAttributes.get(LEASE_STATE)).toBe('grace');
  const refused = await failureOf(lease.send(TEXT));
  expect(refused).toMatchObject({ type: 'LeaseNotActive' });
  expect(refused.message).toContain('restore it first');
  expect((await failureOf(lease.extend({ until: '2099-01-01T00:00:00Z' }))).type).toBe('LeaseNotActive');

  await world.server.sleep(HOUR_MS);
  expect(await restore(lease)).toEqual({ state: 'active' });
  expect((await run.describe()).typedSearchAttributes.get(LEASE_STATE)).toBe('active');
  await world.server.sleep(30 * 24 * HOUR_MS);
  expect(await lease.status()).not.toHaveProperty('releasesAt');
  expect((await lease.send(TEXT)).outcome).toBe('sent');
  expect(terminations(world)).toBe(0);
});

test('when the grace period is over the number goes back, and nothing restores it', async ({ open }) => {
  const world = await open({ termination: { minMs: HOUR_MS, maxMs: HOUR_MS } });
  await world.work();
  const lease = await world.leased({ reference: 'meant', grace: '2h' });
  const { releasesAt } = await lease.terminate('over');
  await world.server.sleep(2 * HOUR_MS - 60_000);
  expect(terminations(world)).toBe(0);
  await world.server.sleep(120_000);
  expect(terminations(world)).toBe(1);
  expect(await failureOf(restore(lease))).toMatchObject({ type: 'LeaseNotActive' });
  const result = await lease.result();
  expect(result.reason).toBe('over');
  expect(Date.parse(result.terminatedAt!)).toBeGreaterThanOrEqual(Date.parse(releasesAt!));
});

test('an expiry has the same grace period; restored, the lease has its next term', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'expired', term: '10h', grace: '5h' });
  const first = Date.parse((await lease.status()).expiresAt!);
  await world.server.sleep(11 * HOUR_MS);
  expect((await lease.status()).state).toBe('grace');
  const expiresAt = new Date(first + 10 * HOUR_MS).toISOString();
  expect(await restore(lease)).toEqual({ state: 'active', expiresAt });
  const { reason, terminatedAt } = await lease.result();
  expect(reason).toBe('expired');
  expect(Date.parse(terminatedAt!)).toBeGreaterThanOrEqual(first + 15 * HOUR_MS);
});

test('restored after an instant that was its end, a lease has no end until it is given one', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const until = new Date((await world.server.now()) + HOUR_MS).toISOString();
  const lease = await world.leased({ reference: 'no-term', until, grace: '5h' });
  await world.server.sleep(2 * HOUR_MS);
  expect(await restore(lease)).toEqual({ state: 'active' });
  expect((await lease.status()).expiresAt).toBeUndefined();
  await world.server.sleep(24 * HOUR_MS);
  expect((await lease.status()).state).toBe('active');
});

test('a termination says its own grace period: none, or one where the lease has none', async ({ open }) => {
  const world = await open();
  await world.work();
  const gone = await world.leased({ reference: 'at-once', grace: '2h' });
  expect(await gone.update<TerminateAnswer>(NAMES.terminate, { grace: 'none' })).toEqual({
    state: 'terminating',
  });
  expect((await gone.result()).reason).toBe('terminated');

  const kept = await world.leased({ reference: 'its-own' });
  const wrong = await failureOf(kept.update(NAMES.terminate, { grace: 'soon' }));
  expect(wrong).toMatchObject({ type: 'InvalidRequest', field: 'grace' });
  expect(await kept.update<TerminateAnswer>(NAMES.terminate, { grace: '1h' })).toMatchObject({
    state: 'grace',
  });
  const again = await kept.terminate('twice');
  expect(again.state).toBe('grace');
  expect(again.releasesAt).toBe((await kept.status()).releasesAt);
  expect(await kept.update<TerminateAnswer>(NAMES.terminate, { grace: 'none' })).toEqual({
    state: 'terminating',
  });
  expect((await kept.result()).reason).toBe('terminated');
});

test('a cancel gives back at once, out of a grace period as well', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'cancelled', grace: '30 days' });
  await lease.terminate();
  await lease.handle.cancel();
  const before = await world.server.now();
  const { reason, terminatedAt } = await lease.result();
  expect(reason).toBe('cancelled');
  expect(Date.parse(terminatedAt!) - before).toBeLessThan(60_000);
});

test('a one-shot that was restored stays until it is told', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({
    reference: 'one-shot',
    messages: [TEXT],
    terminateAfterMessages: true,
    grace: '2h',
  });
  await world.soon('its text is sent', async () => (await lease.status()).state === 'grace');
  await restore(lease);
  await world.server.sleep(5 * HOUR_MS);
  expect((await lease.status()).state).toBe('active');
  await lease.update(NAMES.terminate, { grace: 'none' });
  expect((await lease.result()).reason).toBe('terminated');
});

test('a text in doubt is settled before the grace period takes the queue', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'in-doubt', grace: '2h' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  faults.on(ROUTE.history, { phase: 'before', status: 503 }, 4); // long enough for all that is asked meanwhile
  const sent = await lease.begin(NAMES.send, TEXT, 'm1');
  await world.soon('its answer is lost', async () =>
    (await lease.status()).log.some(({ text }) => text.includes('in doubt')),
  );
  const queued = await lease.begin(NAMES.send, { ...TEXT, id: 'm2', message: 'Again' }, 'm2');
  expect((await lease.terminate()).state).toBe('grace');
  expect(await sent()).toMatchObject({ outcome: 'sent' });
  expect(await failureOf(queued())).toMatchObject({ type: 'LeaseNotActive' });
  expect(await world.texts()).toHaveLength(1);
});
