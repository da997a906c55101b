import { afterAll, beforeAll, expect, test } from 'vitest';
import { timeSkippingServer, World, type Server } from '../support/harness.js';

let server: Server;
beforeAll(async () => {
  server = await timeSkippingServer();
});
afterAll(() => server.close());

test('a number is found, leased, verified, sent from, terminated and proven released', async () => {
  const world = await World.open(server);
  await world.work();
  const leased = await world.provision({
    reference: 'one-shot',
    messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
    terminateAfterMessages: true,
  });
  const result = await world.lease(leased.number).result();
  expect(result).toMatchObject({ leaseId: leased.leaseId, releasedBy: 'us', counts: { sent: 1 } });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
  await world.close();
});
