/** What a vendor, a proxy or a clock may do that makes "no" out of "unknown": nothing is lost, and nothing is leased twice. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../simulator/index.js';
import { test } from '../support/fixture.js';
import { failureOf, type World, type WorldOptions } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const settleWindow = '10s';
const MINUTE_MS = 60_000;
const LOST: Fault = { phase: 'after', reset: true };

async function openLeases(world: World) {
  return (await world.simulator.controls.ledger()).open;
}

async function leasedEver(world: World): Promise<number> {
  const { entries } = await world.simulator.controls.ledger();
  return entries.filter(({ kind }) => kind === 'leased').length;
}

describe('the response to a lease call is lost', () => {
  const WORLDS: [string, WorldOptions, Fault?][] = [
    ['after a search of 2.5 s', {}, { phase: 'answering', delayMs: 2_500 }],
    ['with a worker clock 5 s behind', { clockOffsetMs: -5_000 }],
    ['with a worker clock 5 s ahead', { clockOffsetMs: 5_000 }],
    ['with starts in whole seconds', { dialect: { leaseTimes: { grain: 's', form: 'iso' } } }],
    ['with starts in whole minutes', { dialect: { leaseTimes: { grain: 'min', form: 'iso' } } }],
    ['with starts in whole days', { dialect: { leaseTimes: { grain: 'day', form: 'iso' } } }],
    [
      'with no time in the envelope, after a slow search',
      { dialect: { envelopeTimes: { grain: 'ms', form: 'missing' } } },
      { phase: 'answering', delayMs: 2_500 },
    ],
  ];
  test.for(WORLDS)('%s: the lease is ours, and the only one', async ([, options, search], { open }) => {
    const faults = new Plan();
    const world = await open({ ...options, faults, callTimeoutMs: 5_000 });
    await world.work();
    if (search) faults.on(ROUTE.find, search);
    faults.on(ROUTE.lease, LOST);
    const { number, leaseId } = await world.provision({ reference: 'unlucky', settleWindow });
    expect(await openLeases(world)).toMatchObject([{ number, leaseId }]);
    expect(await leasedEver(world)).toBe(1);
  });
});

describe('a lease that is pending at first', () => {
  test.for([
    ['its response arrives', undefined, 'pending'],
    ['its response is lost', LOST, 'pending'],
    ['its status is a new word', undefined, 'provisioning'],
  ] as const)('%s: one is kept, shown and waited for', async ([, fault, status], { open }) => {
    const faults = new Plan();
    const activation = { minMs: 5 * MINUTE_MS, maxMs: 5 * MINUTE_MS, status };
    const world = await open({ faults, activation });
    await world.work();
    const number = await world.freeNumber();
    if (fault) faults.on(ROUTE.lease, fault);
    const provision = world.provision({ reference: 'pending', number, settleWindow });
    await world.attention(number, 'pending');
    expect(await openLeases(world)).toMatchObject([{ number }]);
    const { leaseId } = await provision;
    expect(await openLeases(world)).toMatchObject([{ number, leaseId }]);
    expect(await leasedEver(world)).toBe(1);
  });

  test('goes back where it is no longer wanted', async ({ open }) => {
    const world = await open({
      activation: { minMs: 600 * MINUTE_MS, maxMs: 600 * MINUTE_MS, status: 'pending' },
    });
    await world.work();
    const number = await world.freeNumber();
    const failed = failureOf(world.provision({ reference: 'pending', number, settleWindow }));
    await world.attention(number, 'pending');
    await world.lease(number).terminate();
    expect(await failed).toMatchObject({ type: 'NumberUnavailable' });
    expect(await world.lease(number).result()).toMatchObject({ releasedBy: 'us' });
    expect(await openLeases(world)).toEqual([]);
  });
});

describe('a proxy repeats a lease call, and the second copy is refused', () => {
  test.for([400, 404, 409, 429])(
    'with %i: the lease stays owned until it is resolved',
    async (status, { open }) => {
      const faults = new Plan();
      const world = await open({ faults });
      await world.work();
      const number = await world.freeNumber();
      faults.on(ROUTE.lease, { phase: 'after', status });
      const provision = world.provision({ reference: 'copied', number, settleWindow });
      await world.attention(number, 'disputed');
      const leaseId = (await openLeases(world))[0]!.leaseId;
      const lease = world.lease(number);
      expect(
        await failureOf(lease.resolve({ decision: 'ours', leaseId: 'lsd_other', by: 'test' })),
      ).toMatchObject({
        type: 'InvalidRequest',
        field: 'leaseId',
      });
      await lease.resolve({ decision: 'ours', leaseId, by: 'test' });
      expect(await provision).toMatchObject({ number, leaseId });
      expect(await leasedEver(world)).toBe(1);
      expect((await lease.status()).log.map(({ text }) => text)).toContain(
        `resolved by test: lease ${leaseId} is ours`,
      );
    },
  );

  test('and the provision is cancelled: nothing is left behind once it is resolved', async ({ open }) => {
    const faults = new Plan();
    const world = await open({ faults });
    await world.work();
    const number = await world.freeNumber();
    faults.on(ROUTE.lease, { phase: 'after', status: 409 });
    const provision = await world.start({ reference: 'cancelled', number, settleWindow });
    await world.attention(number, 'disputed');
    await provision.handle.cancel();
    await world.server.sleep(10 * MINUTE_MS);
    const [held] = await openLeases(world);
    expect((await world.lease(number).status()).state).toBe('attention');
    await world.lease(number).resolve({ decision: 'ours', leaseId: held!.leaseId, by: 'test' });
    await world.lease(number).result();
    expect(await openLeases(world)).toEqual([]);
  });
});

test('a copy of a refused termination does not end the next lease of the number', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const number = await world.freeNumber();
  const first = await world.leased({ reference: 'first', number });
  await world.server.sleep(3 * MINUTE_MS);
  faults.on(ROUTE.terminate, () => {
    void world.simulator.controls.releaseByHand(number);
    return { phase: 'before', status: 404, lateMs: 40_000 };
  });
  await first.terminate();
  await first.result();
  const next = await world.provision({ reference: 'second', number });
  await world.server.sleep(2 * MINUTE_MS);
  expect(await openLeases(world)).toMatchObject([{ leaseId: next.leaseId }]);
});

test('two 404s while the list of leased numbers cannot be read prove no release', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'hidden' });
  await world.server.sleep(3 * MINUTE_MS);
  faults.on(ROUTE.read, { phase: 'before', status: 404 }, Infinity);
  faults.on(ROUTE.leased, { phase: 'before', status: 503 }, Infinity);
  await lease.terminate();
  await world.server.sleep(5 * MINUTE_MS);
  expect((await lease.status()).state).not.toBe('released');
  expect(await openLeases(world)).toMatchObject([{ number: lease.number }]);
  faults.clear();
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  expect(await openLeases(world)).toEqual([]);
});

test('a lease that the vendor renews under a new id stays owned, and is released once it is resolved', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'renewed' });
  await world.server.sleep(3 * MINUTE_MS);
  const leaseId = await world.simulator.controls.renewLease(lease.number);
  await lease.terminate();
  await world.attention(lease.number, 'disputed');
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
  await lease.resolve({ decision: 'ours', leaseId, by: 'test' });
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  expect(await openLeases(world)).toEqual([]);
});

test('a release that the vendor never shows is resolved by an operator after a day, and not before', async ({
  open,
}) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const polling = { initial: '10m', max: '1h' } as const;
  const lease = await world.leased({ reference: 'unproven', releasePolling: polling });
  const { leaseId } = await lease.status();
  const released = { decision: 'released', leaseId: leaseId ?? '', by: 'test' } as const;
  await lease.terminate();
  await world.server.sleep(60 * MINUTE_MS);
  expect(await failureOf(lease.resolve(released))).toMatchObject({ type: 'InvalidRequest' });
  await world.server.sleep(24 * 60 * MINUTE_MS);
  await world.simulator.controls.releaseByHand(lease.number);
  await lease.resolve(released);
  expect(await lease.result()).toMatchObject({ releasedBy: 'operator' });
});
