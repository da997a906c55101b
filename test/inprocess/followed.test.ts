import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

/** Longer than an ask for a number waits in these tests. */
const SLOW_MS = 600;
const BRISK = { releasePolling: { initial: '1s', max: '1s' }, settleWindow: '1s' } as const;

test('a provision whose number was given back and leased by another before it asked again has the answer of its own run', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 500, maxMs: 500 } });
  await world.work();
  const number = (await world.freeNumbers())[0]!.number;
  faults.on(ROUTE.lease, { phase: 'before', delayMs: SLOW_MS });
  const first = await world.start({ reference: 'first', number, terminateAfterMessages: true, ...BRISK });
  await world.soon('the number is leased', async () => {
    return (await world.simulator.controls.ledger()).entries.some(({ kind }) => kind === 'leased');
  });
  await world.soon('the first ask has come to nothing', async () => {
    const { raw } = await first.handle.describe();
    return raw.pendingActivities?.length === 0;
  });
  const run = world.lease(number);
  await world.later('its run has ended', 100, async () => {
    return (await run.handle.describe()).status.name === 'COMPLETED';
  });
  const second = await world.start({ reference: 'second', number });
  const ofSecond = await second.result();
  const ofFirst = await first.result();
  expect(ofFirst).toMatchObject({ reference: 'first', number });
  expect(ofFirst.leaseId).not.toBe(ofSecond.leaseId);
  const { entries } = await world.simulator.controls.ledger();
  expect(entries.filter(({ kind }) => kind === 'leased')).toMatchObject([
    { leaseId: ofFirst.leaseId },
    { leaseId: ofSecond.leaseId },
  ]);
});
