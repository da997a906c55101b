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
  await world.provision({ reference: 'first', number, ...QUICK });
  await world.later('the number is given back', 1_000, async () =>
    (await world.simulator.controls.ledger()).entries.some(({ kind }) => kind === 'released'),
  );
  await world.lease(number).result();
  const next = await world.provision({ reference: 'second', number });
  await world.server.sleep(2 * LATE_MS);
  const { open: held } = await world.simulator.controls.ledger();
  expect(held).toMatchObject([{ leaseId: next.leaseId }]);
});
