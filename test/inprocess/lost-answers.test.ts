import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf } from '../support/harness.js';
import { isSampled, LOST, testLostAnswers } from '../support/lost-answers.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
/** Short, so that a doubt is settled within a test's patience; the window itself is the same code at any length. */
const settleWindow = '3s';

testLostAnswers(LOST.filter(isSampled));

test('every answer to a lease call is lost for twenty provisions at once', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', reset: true }, Infinity);
  const references = Array.from({ length: 20 }, (_, index) => `unlucky ${index}`);
  const leases = await Promise.all(
    references.map((reference) => world.provision({ reference, settleWindow })),
  );
  expect(new Set(leases.map(({ number }) => number)).size).toBe(20);
  expect(await world.count('leased')).toBe(20);
  expect((await world.simulator.controls.ledger()).open).toHaveLength(20);
});

test('a lease call that acts late, when it was given up already, is found and given back', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', reset: true, lateMs: 15_000 });
  faults.on(ROUTE.lease, { phase: 'before', status: 400 });
  const provision = await world.start({ reference: 'late', criteria: { country: 'GB' } });
  const leased = await provision.result();
  const { candidates } = await provision.status();
  expect(candidates).toHaveLength(2);
  const late = await world.lease(candidates[0]!.number).result();
  expect(late.releasedBy).toBe('us');
  expect(late.leaseId).toMatch(/^lsd_/);
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number: leased.number }]);
});

test('a lease that a person made before our call is not ours', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, callTimeoutMs: 10_000 });
  await world.work();
  const number = await world.freeNumber();
  faults.on(ROUTE.read, { phase: 'answering', delayMs: 3_000 });
  const provision = world.provision({ reference: 'by-hand', number });
  await world.soon('the search', () => world.simulator.controls.calls()[ROUTE.read] === 1);
  const theirs = await world.simulator.controls.leaseByHand(number);
  const failed = failureOf(provision);
  await world.attention(number, 'disputed');
  await world.lease(number).resolve({ decision: 'not-ours', leaseId: theirs, by: 'test' });
  expect((await failed).message).toContain('this account leased it by other means');
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ leaseId: theirs, by: 'hand' }]);
});

test('an API that never leases and never says so ends the request, and leaves nothing', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', status: 500 }, Infinity);
  const number = await world.freeNumber();
  const failure = await failureOf(world.provision({ reference: 'down', number, settleWindow }));
  expect(failure.type).toBe('UnexpectedResponse');
  expect(world.simulator.controls.calls()[ROUTE.lease]).toBe(5);
  expect(await world.count('leased')).toBe(0);
});

test('a history that lags is waited for: the text is not sent again', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, historyLagMs: 20_000 });
  await world.work();
  const lease = await world.leased({ reference: 'lag' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  expect(await lease.send({ id: 'm', to: TO, message: 'slow history' })).toEqual({
    id: 'm',
    outcome: 'sent',
  });
  expect(await world.count('text')).toBe(1);
});

test('texts to one recipient are told apart although the history quotes none of them', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'same-recipient', settleWindow });
  await lease.send({ id: 'a', to: TO, message: 'first' });
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  expect(await lease.send({ id: 'b', to: TO, message: 'second' })).toMatchObject({ outcome: 'sent' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  expect(await lease.send({ id: 'c', to: TO, message: 'third' })).toEqual({ id: 'c', outcome: 'sent' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  expect(await lease.send({ id: 'd', to: TO, message: 'fourth' })).toEqual({ id: 'd', outcome: 'sent' });
  expect(await world.count('text')).toBe(4);
});

test('where a text may have left from another number, nobody knows, and it is not sent twice', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'substituted', settleWindow });
  await lease.handle.signal('numberSubstituted', { usedNumber: '+12025550177' });
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  expect(await lease.send({ id: 'm', to: TO, message: 'who knows' })).toEqual({
    id: 'm',
    outcome: 'unknown',
  });
  expect((await lease.status()).counts).toMatchObject({ unknown: 1 });
  expect(await world.count('text')).toBe(0);
});

test('verify waits for a number that does not show its lease yet', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const provision = await world.start({ reference: 'lagging-verify' });
  faults.on(ROUTE.read, { phase: 'before', status: 404 }, 2);
  const leased = await provision.result();
  expect(leased.status).toBe('active');
  expect((await world.lease(leased.number).status()).log.map(({ text }) => text)).toContain(
    'verified: the lease is active',
  );
});

test('an API that was away for longer than the window still has the window for what it shows', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, 6).on(ROUTE.read, { phase: 'before', status: 404 });
  const provision = await world.start({ reference: 'away-then-lagging', settleWindow });
  const leased = await provision.result();
  const { candidates } = await provision.status();
  expect(candidates).toMatchObject([{ number: leased.number, outcome: 'leased' }]);
});

test('a number that the vendor does not know, but lists as leased, is read until it shows its lease', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.read, { phase: 'before', status: 404 }, 4);
  const provision = await world.start({ reference: 'denied', criteria: { country: 'DE' }, settleWindow });
  const leased = await provision.result();
  const { candidates } = await provision.status();
  expect(candidates).toMatchObject([{ number: leased.number, outcome: 'leased' }]);
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number: leased.number }]);
});

test('a lease that neither the number nor the list shows within the window ends the request, and goes back', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const number = await world.freeNumber();
  faults.on(ROUTE.read, () => undefined); // the search
  faults
    .on(ROUTE.read, { phase: 'before', status: 404 }, 5)
    .on(ROUTE.leased, { phase: 'before', status: 404 }, 5);
  const failure = await failureOf(world.provision({ reference: 'denied', number, settleWindow }));
  expect(failure).toMatchObject({ type: 'UnexpectedResponse' });
  expect(await world.lease(number).result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});
