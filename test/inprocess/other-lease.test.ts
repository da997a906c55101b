import { expect } from 'vitest';
import type { Fault, FaultedCall } from '../../simulator/index.js';
import { test } from '../support/fixture.js';
import { failureOf } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const MINUTE_MS = 60_000;
const TWO_MINUTES = { minMs: 2 * MINUTE_MS, maxMs: 2 * MINUTE_MS };
const TOLD = 'lsd_told';

/** The vendor leases the number, and its answer names another lease. */
function tellsAnother({ number, at }: FaultedCall, monthly_rate = 1): Fault {
  const price = { currency: 'USD', monthly_rate, upfront_fee: 0 };
  const billing = { method: 'monthly', price, period: { start: Math.floor(at / 1_000), end: null } };
  const data = { lease_id: TOLD, number, status: 'active', billing };
  return { phase: 'answering', body: JSON.stringify({ object: 'response', timestamp: at, data }) };
}

test('the answer names another lease than the number shows: the one that our call began is kept, and proven released', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: TWO_MINUTES });
  await world.work();
  faults.on(ROUTE.lease, tellsAnother);
  const leased = await world.provision({ reference: 'kept' });
  const { open: held } = await world.simulator.controls.ledger();
  expect(held).toMatchObject([{ number: leased.number, leaseId: leased.leaseId }]);
  const lease = world.lease(leased.number);
  expect(await lease.send({ id: 'm', to: '+12025550123', message: 'Hello' })).toMatchObject({
    outcome: 'sent',
  });
  await lease.terminate();
  expect(await lease.result()).toMatchObject({ leaseId: leased.leaseId, releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('the answer names another lease than the number shows, and the run is cancelled before it saw that: nothing stays leased', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: TWO_MINUTES });
  await world.work();
  faults.on(ROUTE.lease, tellsAnother);
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(ROUTE.read, () => undefined); // the search
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, 4);
  const failed = failureOf(world.provision({ reference: 'cancelled', number }));
  await world.soon('the lease', async () => (await world.simulator.controls.ledger()).open.length === 1);
  const lease = world.lease(number);
  await lease.handle.cancel();
  await lease.result();
  expect(await failed).toMatchObject({ type: 'NumberUnavailable' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('the answer names another lease, and the one that the number shows is over the limits: it goes back', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: TWO_MINUTES });
  await world.work();
  const free = await world.freeNumbers();
  const { number, pricing } = free.find((record) => record.pricing?.currency === 'USD')!;
  faults.on(ROUTE.lease, (call) => {
    world.simulator.controls.setPrice(number, { currency: 'USD', monthly_rate: 99, upfront_fee: 0 });
    return tellsAnother(call);
  });
  const limits = { currency: 'USD', maxMonthlyRate: pricing!.monthlyRate };
  const failure = await failureOf(world.provision({ reference: 'dear', number, limits }));
  expect(failure).toMatchObject({ type: 'LimitExceeded' });
  expect(await world.lease(number).result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});
