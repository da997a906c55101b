import { expect } from 'vitest';
import { test } from '../support/fixture.js';

test('a number is found, leased, verified, sent from, terminated and proven released', async ({ open }) => {
  const world = await open();
  await world.work();
  const leased = await world.provision({
    reference: 'one-shot',
    messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
    terminateAfterMessages: true,
  });
  const result = await world.lease(leased.number).result();
  expect(result).toMatchObject({ leaseId: leased.leaseId, releasedBy: 'us', counts: { sent: 1 } });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});
