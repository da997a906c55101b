/** What callers or an outage could let grow without end, and does not. */
import { expect } from 'vitest';
import type { Fault } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import { failureOf, type Server } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const AWAY: Fault = { phase: 'before', status: 503, body: 'away' };
const MINUTE_MS = 60_000;

test('however often a provision asks for its number, one ask is open at Temporal', async ({
  open,
  server,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  const asks = countOpen(server, [
    'updateWorkflowExecution',
    'executeMultiOperation',
    'pollWorkflowExecutionUpdate',
  ]);
  await world.work();
  faults.on(ROUTE.lease, AWAY, Infinity).on(ROUTE.read, AWAY, Infinity);
  const provisions = await Promise.all(
    [1, 2].map((index) => world.start({ reference: `waits ${index}`, acquireTimeout: '2h' })),
  );
  for (let waited = 0; waited < 40; waited += 10) await world.server.sleep(10 * MINUTE_MS);
  expect(asks.open()).toBeGreaterThan(0);
  expect(asks.most()).toBeLessThanOrEqual(provisions.length);
  asks.stop();
  faults.clear();
  await world.server.sleep(10 * MINUTE_MS);
  const leased = await Promise.all(provisions.map((provision) => provision.result()));
  expect(new Set(leased.map(({ number }) => number)).size).toBe(2);
  expect((await world.simulator.controls.ledger()).open).toHaveLength(2);
});

test('an end that no timer can wait for is refused, and the lease goes on', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'for ever', term: '60 years' });
  const { expiresAt } = await lease.status();
  const far = '9999-12-31T00:00:00Z';
  expect(await failureOf(lease.extend({ until: far }))).toMatchObject({
    type: 'InvalidRequest',
    field: 'until',
  });
  expect(await failureOf(lease.extend({ term: '60 years' }))).toMatchObject({
    type: 'InvalidRequest',
    field: 'term',
  });
  expect((await lease.status()).expiresAt).toBe(expiresAt);
  await lease.extend({ term: '1 day' });
  expect(await lease.send({ id: 'm', to: TO, message: 'still here' })).toMatchObject({ outcome: 'sent' });
});

test('more texts than one input at Temporal can hold are refused before anything is leased', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const messages = Array.from({ length: 150 }, (_, index) => ({
    id: `m${index}`,
    to: TO,
    message: 'x'.repeat(5_000),
  }));
  const refused = await failureOf(world.provision({ reference: 'too much', messages }));
  expect(refused).toMatchObject({ type: 'InvalidRequest', field: 'messages' });
  expect(refused.message).toContain('700000 bytes');
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

type Call = (request: object) => Promise<unknown>;

/** How many of these calls to the server are open, and how many were at most. */
function countOpen({ client }: Server, names: readonly string[]) {
  const service: object = client.workflowService;
  let open = 0;
  let most = 0;
  const calls = names.map((name) => [name, Reflect.get(service, name) as Call] as const);
  for (const [name, call] of calls) {
    Reflect.set(service, name, (request: object) => {
      open += 1;
      most = Math.max(most, open);
      return call.call(service, request).finally(() => (open -= 1));
    });
  }
  const stop = () => calls.forEach(([name, call]) => Reflect.set(service, name, call));
  return { open: () => open, most: () => most, stop };
}
