import { expect } from 'vitest';
import { provisionId } from '../../domain/ids.js';
import { isOver, testCancels } from '../support/cancels.js';
import { test } from '../support/fixture.js';

const REFERENCE = 'cancelled';

testCancels('answering'); // before the vendor acts: test/all/inprocess/cancel.test.ts

test('a provision cancelled before a worker took it up leases nothing', async ({ open }) => {
  const world = await open();
  await world.start({ reference: REFERENCE });
  const run = world.server.client.workflow.getHandle(provisionId(REFERENCE));
  await run.cancel(); // the cancel comes with the first workflow task
  await world.work();
  await world.later('it is over', 1_000, () => isOver(world, provisionId(REFERENCE)));
  expect((await run.describe()).status.name).toBe('CANCELLED');
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});
