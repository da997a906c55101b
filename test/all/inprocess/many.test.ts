import { expect } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import { manyId } from '../../../domain/ids.js';
import type { ManyReport, ManyRequest } from '../../../domain/many.js';
import type { FaultPlan } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import type { World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const HOUR_MS = 3_600_000;

test('an item whose lease call is in doubt holds up no other one', async ({ open }) => {
  let slow: string | undefined;
  const faults: FaultPlan = {
    decide: ({ route, number, nth }) => {
      if (route !== ROUTE.lease) return undefined;
      slow ??= number;
      if (number !== slow || nth > 2) return undefined;
      return nth === 1 ? { phase: 'before', reset: true } : { phase: 'before', status: 400 };
    },
  };
  const world = await open({ faults });
  await world.work();
  const report = await (await begin(world, { reference: 'm', count: 6, window: 2 }))();
  expect(report.counts).toMatchObject({ leased: 6, failed: 0 });
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toHaveLength(6);
  const leased = entries.filter(({ kind }) => kind === 'leased').map(({ at }) => at);
  // Five of them one after the other beside the one that waits for ten seconds until a read cannot lag behind the call.
  expect(leased[5]! - leased[4]!).toBeGreaterThan(4_000);
});

test('an outage of an hour costs no item, and nothing is asked for twice', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  for (const route of Object.values(ROUTE)) faults.on(route, { phase: 'before', status: 503 }, Infinity);
  const result = await begin(world, { reference: 'm', count: 5, window: 3 });
  await world.server.sleep(HOUR_MS);
  expect((await progress(world, 'm')).counts).toMatchObject({ underway: 3, leased: 0, notStarted: 2 });
  faults.clear();
  expect((await result()).counts).toMatchObject({ leased: 5, failed: 0 });
  expect(
    (await world.simulator.controls.ledger()).entries.filter(({ kind }) => kind === 'leased'),
  ).toHaveLength(5);
});

test('an item that somebody has asked for under its reference counts, and another request for it does not', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number } = await world.provision({ reference: 'm-2' });
  await world.provision({ reference: 'm-3', term: '2 days' });
  const report = await (await begin(world, { reference: 'm', count: 4 }))();
  expect(report.counts).toMatchObject({ leased: 3, failed: 1 });
  expect(report.items[1]).toEqual({ state: 'leased', number });
  expect(report.failures).toMatchObject([{ item: 3, failure: { type: 'ReferenceMismatch' } }]);
  expect((await world.simulator.controls.ledger()).open).toHaveLength(4);
});

/** Gives what waits for the result: only then does time go on. */
function begin(world: World, request: ManyRequest): Promise<() => Promise<ManyReport>> {
  return world.startOther<ManyReport>(NAMES.provisionMany, manyId(request.reference), request);
}

function progress(world: World, reference: string): Promise<ManyReport> {
  return world.server.client.workflow.getHandle(manyId(reference)).query<ManyReport>(NAMES.progress);
}
