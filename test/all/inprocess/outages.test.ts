/** Outages of lease calls alone, minutes long: each wait is a timer of its own. */
import { expect } from 'vitest';
import { test } from '../../support/fixture.js';
import { failureOf } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const settleWindow = '3s';

test.for([
  ['no answer', { phase: 'before', reset: true }],
  ['maintenance', { phase: 'before', status: 503 }],
] as const)('%s to lease calls alone is waited out, at one number', async ([, fault], { open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, fault, 8);
  const provision = await world.start({ reference: 'maintenance', settleWindow });
  const { number } = await provision.result();
  expect((await provision.status()).candidates).toMatchObject([{ number, outcome: 'leased' }]);
});

test('a call over the rate does not end the wait for an outage', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const away = { phase: 'before', status: 503 } as const;
  faults.on(ROUTE.lease, away, 6).on(ROUTE.lease, { phase: 'before', status: 429 }).on(ROUTE.lease, away);
  const provision = await world.start({ reference: 'over-the-rate', settleWindow });
  const { number } = await provision.result();
  expect((await provision.status()).candidates).toMatchObject([{ number, outcome: 'leased' }]);
});

test('an outage of lease calls that lasts and lasts is tried with another number, seldom', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', status: 503 }, Infinity);
  const number = await world.freeNumber();
  const begunAt = await world.server.now();
  const failure = await failureOf(world.provision({ reference: 'down', number, settleWindow }));
  expect(failure.type).toBe('UnexpectedResponse');
  expect((await world.server.now()) - begunAt).toBeGreaterThan(15 * 60_000);
  expect(world.simulator.controls.calls()[ROUTE.lease]).toBeLessThan(16);
  expect(await world.count('leased')).toBe(0);
});
