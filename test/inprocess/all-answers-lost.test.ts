import { expect } from 'vitest';
import { leaseId } from '../../domain/ids.js';
import { makeInventory } from '../../simulator/inventory.js';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
/** Short, so that a doubt is settled within a test's patience; the window itself is the same code at any length. */
const settleWindow = '3s';
const FIFTY = Array.from({ length: 50 }, (_, nth) => nth);
const ACTED_AND_LOST = { phase: 'after', reset: true } as const;

test('fifty provisions of fifty numbers, every answer to a lease call lost: fifty owners, fifty leases', async ({
  open,
}) => {
  const faults = new Plan();
  const entitlements = { imessage: true, whatsapp: true, enterprise: true };
  const world = await open({ faults, seed: 1, inventorySize: FIFTY.length, entitlements });
  for (const { id } of makeInventory(FIFTY.length, 1))
    world.simulator.controls.setNumberStatus(id, 'available');
  await world.work();
  faults.on(ROUTE.lease, ACTED_AND_LOST, Infinity);
  const leases = await Promise.all(
    FIFTY.map((nth) => world.provision({ reference: `unlucky ${nth}`, settleWindow })),
  );
  const owners = await Promise.all(
    leases.map(async ({ number }) => world.server.client.workflow.getHandle(leaseId(number)).describe()),
  );
  expect(new Set(owners.map(({ runId }) => runId)).size).toBe(50);
  expect(owners.every(({ status }) => status.name === 'RUNNING')).toBe(true);
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(50);
  expect(new Set(held.map((lease) => lease.leaseId))).toEqual(new Set(leases.map((lease) => lease.leaseId)));
});

test('ten leases send five texts each, every answer to a text lost: each goes out once', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.send, ACTED_AND_LOST, Infinity);
  const ids = FIFTY.map((nth) => `text ${nth}`);
  const leases = await Promise.all(
    FIFTY.slice(0, 10).map((nth) => {
      const messages = ids.slice(nth * 5, nth * 5 + 5).map((id) => ({ id, to: TO, message: id }));
      return world.leased({ reference: `mute ${nth}`, settleWindow, messages, terminateAfterMessages: true });
    }),
  );
  const results = await Promise.all(leases.map((lease) => lease.result()));
  expect(results.map(({ counts }) => counts.sent)).toEqual(results.map(() => 5));
  const { entries } = await world.simulator.controls.ledger();
  const texts = entries.flatMap((entry) => (entry.kind === 'text' ? [entry.message] : []));
  expect(texts.toSorted()).toEqual(ids.toSorted());
});
