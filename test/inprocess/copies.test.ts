import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

const QUICK = {
  terminateAfterMessages: true,
  releasePolling: { initial: '1s', max: '1s' },
} as const;
const LATE_MS = 40_000;

test('a second copy of a lease call that comes after the release leases nothing that stays', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 1_000, maxMs: 1_000 } });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', lateMs: LATE_MS });
  const { number, leaseId } = await world.provision({ reference: 'copied', ...QUICK });
  expect(await world.lease(number).result()).toMatchObject({ leaseId, releasedBy: 'us' });
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(2);
  expect(entries.filter(({ kind }) => kind === 'released')).toHaveLength(2);
});

test('a second copy of a termination does not hit the next lease of the number', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 1_000, maxMs: 1_000 } });
  await world.work();
  const { number } = (await world.freeNumbers())[0]!;
  faults.on(ROUTE.terminate, { phase: 'after', lateMs: LATE_MS });
  const { releasePolling } = QUICK;
  const first = await world.leased({ reference: 'first', number, releasePolling });
  await world.server.sleep(3 * LATE_MS); // no copy of the lease call can come any more, which would hold the number too
  await first.terminate();
  await world.later('the number is given back', 1_000, async () =>
    (await world.simulator.controls.ledger()).entries.some(({ kind }) => kind === 'released'),
  );
  await first.result();
  const next = await world.provision({ reference: 'second', number });
  await world.server.sleep(2 * LATE_MS);
  const { open: held } = await world.simulator.controls.ledger();
  expect(held).toMatchObject([{ leaseId: next.leaseId }]);
});

test('a copy of a lease call that was refused leases nothing that stays', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const [first] = await world.freeNumbers();
  const { number } = first!;
  // The first copy leases, the second is refused, and the read that follows shows how things were before.
  faults.on(ROUTE.lease, () => {
    faults.on(ROUTE.read, { phase: 'before', staleMs: 9_000 });
    return { phase: 'before', twice: true };
  });
  await expect(world.provision({ reference: 'copied', number })).rejects.toThrow();
  await world.attention(number, 'disputed'); // every call was refused, so nothing proves that it is ours
  const [copy] = (await world.simulator.controls.ledger()).open;
  await world.lease(number).resolve({ decision: 'ours', leaseId: copy!.leaseId, by: 'test' });
  expect(await world.lease(number).result()).toMatchObject({ acquired: { outcome: 'refused' } });
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(1);
});

test('a copy that leases again while nobody looks is found in the end', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 1_000, maxMs: 1_000 } });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', lateMs: LATE_MS });
  const { number } = await world.provision({ reference: 'copied', term: '3h' });
  await world.simulator.controls.releaseByHand(number);
  await world.server.sleep(3_600_000);
  const [copy] = (await world.simulator.controls.ledger()).open;
  expect(copy).toMatchObject({ number, by: 'us' });
  await world.server.sleep(2 * 3_600_000);
  await world.lease(number).result();
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('a slow proof of the release does not hide a copy that leased meanwhile', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 1_000, maxMs: 1_000 } });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', lateMs: LATE_MS });
  const polling = { initial: '10m', max: '10m' } as const;
  const { number } = await world.provision({ reference: 'copied', ...QUICK, releasePolling: polling });
  await world.lease(number).result();
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});
