import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf, type World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;

test('a person who releases our number and leases it again by hand keeps that lease when our term ends', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'replaced', term: '1h' });
  await world.server.sleep(MINUTE_MS);
  await world.simulator.controls.releaseByHand(lease.number);
  await world.server.sleep(MINUTE_MS);
  const theirs = await world.simulator.controls.leaseByHand(lease.number);
  await world.server.sleep(60 * MINUTE_MS);
  await world.attention(lease.number, 'disputed');
  await lease.resolve({ decision: 'not-ours', leaseId: theirs, by: 'test' });
  expect(await lease.result()).toMatchObject({ reason: 'expired', releasedBy: 'vendor' });
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ leaseId: theirs, by: 'hand' }]);
});

test('a person who releases our number in the middle ends no run: texts are refused, and the end is proven', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'taken-away' });
  await world.simulator.controls.releaseByHand(lease.number);
  const text = await failureOf(lease.send({ id: 'm', to: TO, message: 'too late' }));
  expect(text).toMatchObject({ type: 'MessageRefused' });
  expect((await lease.status()).state).toBe('active');
  await lease.terminate();
  expect(await lease.result()).toMatchObject({ releasedBy: 'vendor', terminatedAt: null });
});

test('beyond the assumption: a lease by hand while our call is in doubt is taken for ours, and released', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const { controls } = world.simulator;
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(
    ROUTE.lease,
    () => (controls.setNumberStatus(number, 'unavailable'), { phase: 'before', reset: true }),
  );
  faults.on(ROUTE.read, () => undefined, 2); // the search, and the look after the call
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, Infinity);
  const provision = await world.start({ reference: 'gone', number, settleWindow: '10s' });
  await world.soon('the call', () => world.simulator.controls.calls()[ROUTE.lease] === 1);
  await world.server.sleep(20_000);
  controls.setNumberStatus(number, 'available');
  const theirs = await controls.leaseByHand(number);
  faults.clear();
  expect(await provision.result()).toMatchObject({ number, leaseId: theirs });
  await world.lease(number).terminate();
  expect(await world.lease(number).result()).toMatchObject({ leaseId: theirs, releasedBy: 'us' });
  expect((await controls.ledger()).open).toEqual([]);
});

test('a number that the vendor has paused is verified once it is active, and nothing is sent before', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(ROUTE.read, () => undefined); // the search
  faults.on(ROUTE.read, () => pause(world, number), 3);
  faults.on(ROUTE.read, () => {
    void world.simulator.controls.setLeaseStatus(number, 'active');
    return { phase: 'before', delayMs: 50 };
  });
  const messages = [{ id: 'm', to: TO, message: 'once it is active' }];
  await world.provision({ reference: 'paused-at-first', number, messages });
  const lease = world.lease(number);
  await world.later('the text', 1_000, async () => (await lease.status()).counts.sent === 1);
  expect((await lease.status()).counts).toMatchObject({ sent: 1, refused: 0 });
  expect(world.simulator.controls.calls()[ROUTE.send]).toBe(1);
});

test('a lease that a lost call made and the vendor has paused is ours all the same', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(ROUTE.lease, { phase: 'after', reset: true });
  faults.on(ROUTE.read, () => undefined); // the search
  faults.on(ROUTE.read, () => pause(world, number), 50);
  const failed = failureOf(world.provision({ reference: 'paused', number, settleWindow: '10s' }));
  await world.attention(number, 'pending');
  expect((await world.lease(number).status()).attention?.message).toContain('as paused');
  await world.lease(number).terminate();
  expect(await failed).toMatchObject({ type: 'NumberUnavailable' });
  expect(await world.lease(number).result()).toMatchObject({ releasedBy: 'us' });
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(1);
});

test('a number that is paused in the middle refuses texts, and goes back at the end', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'paused-later' });
  await world.simulator.controls.setLeaseStatus(lease.number, 'paused');
  expect(await failureOf(lease.send({ id: 'm', to: TO, message: 'paused' }))).toMatchObject({
    type: 'MessageRefused',
  });
  await world.simulator.controls.setLeaseStatus(lease.number, 'active');
  expect(await lease.send({ id: 'n', to: TO, message: 'on again' })).toMatchObject({ outcome: 'sent' });
  await world.simulator.controls.setLeaseStatus(lease.number, 'paused');
  await lease.terminate();
  expect(await lease.result()).toMatchObject({ releasedBy: 'us', counts: { sent: 1, refused: 1 } });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('a number whose lease the vendor has expired is proven released by its own record', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'expired' });
  await world.simulator.controls.expire(lease.number);
  await lease.terminate();
  expect(await lease.result()).toMatchObject({ releasedBy: 'vendor', terminatedAt: null });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('a lease that is shown as expired is not over while its number is leased', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 5 * MINUTE_MS, maxMs: 5 * MINUTE_MS } });
  await world.work();
  const lease = await world.leased({ reference: 'expired-and-held' });
  await world.simulator.controls.setLeaseStatus(lease.number, 'expired');
  faults.on(ROUTE.leased, { phase: 'before', status: 404 }, Infinity);
  await lease.terminate();
  await world.server.sleep(2 * MINUTE_MS);
  expect((await lease.status()).state).toBe('terminating');
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

/** The vendor has paused the lease by the time it is read. */
function pause(world: World, number: string) {
  world.simulator.controls.setLeaseStatus(number, 'paused').catch(() => undefined); // or it is over by now
  return { phase: 'before', delayMs: 50 } as const;
}
