/** On the real server: with fifty runs at once, the time-skipping one loses tasks on a busy machine. */
import { expect, test } from 'vitest';
import { makeInventory } from '../../../simulator/inventory.js';
import { devWorld } from '../../support/dev-world.js';
import { Plan, ROUTE } from '../../support/plan.js';

const FIFTY = Array.from({ length: 50 }, (_, nth) => nth);
/** Short, so that a doubt is settled within a test's patience; the window itself is the same code at any length. */
const settleWindow = '3s';

test('fifty provisions of fifty numbers, every answer to a lease call lost: fifty owners, fifty leases', async () => {
  const faults = new Plan();
  const entitlements = { imessage: true, whatsapp: true, enterprise: true };
  const world = await devWorld({ faults, seed: 1, inventorySize: FIFTY.length, entitlements });
  for (const { id } of makeInventory(FIFTY.length, 1))
    world.simulator.controls.setNumberStatus(id, 'available');
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', reset: true }, Infinity);
  const leases = await Promise.all(
    FIFTY.map((nth) => world.leasehold.provision({ reference: `unlucky-${nth}`, settleWindow })),
  );
  const owners = await Promise.all(leases.map(({ number }) => world.run(number).describe()));
  expect(new Set(owners.map(({ runId }) => runId)).size).toBe(50);
  expect(owners.every(({ status }) => status.name === 'RUNNING')).toBe(true);
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(50);
  expect(new Set(held.map((lease) => lease.leaseId))).toEqual(new Set(leases.map((lease) => lease.leaseId)));
});
