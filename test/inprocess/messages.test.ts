import { expect } from 'vitest';
import type { Message } from '../../domain/contract.js';
import { test } from '../support/fixture.js';
import { failureOf, type World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

/** The ledger is stamped when a call arrives, and some are longer on their way than others. */
const SLACK_MS = 200;
const TO = '+12025550123';
const messages = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({ id: `m${index}`, to: TO, message: `text ${index}` }));

test('a message that comes before the lease is active is sent once it is', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', delayMs: 1_000 });
  const provision = await world.start({ reference: 'early' });
  await world.soon('the lease call', () => world.simulator.controls.calls()[ROUTE.lease] === 1);
  const lease = world.lease((await provision.status()).number!);
  const sending = lease.send({ id: 'early', to: TO, message: 'first thing' });
  await world.soon('the queue', async () => (await lease.status()).counts.queued === 1);
  expect((await lease.status()).state).toBe('leasing');
  expect(await sending).toMatchObject({ id: 'early', outcome: 'sent' });
  expect(await texts(world)).toEqual(['first thing']);
});

test('after the termination nothing is sent', async ({ open }) => {
  const world = await open({ termination: { minMs: 600_000, maxMs: 600_000 } });
  await world.work();
  const lease = await world.leased({ reference: 'late' });
  await lease.send({ id: 'm', to: TO, message: 'before' });
  expect(await lease.terminate('enough')).toEqual({ state: 'terminating' });
  const late = await failureOf(lease.send({ id: 'late', to: TO, message: 'after' }));
  expect(late).toMatchObject({ type: 'LeaseNotActive' });
  expect(late.message).toContain('enough');
  expect(await lease.send({ id: 'm', to: TO, message: 'before' })).toMatchObject({ outcome: 'sent' });
  expect(await texts(world)).toEqual(['before']);
});

test('a message that the vendor refuses is refused, and the lease goes on', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'refused' });
  faults.on(ROUTE.send, { phase: 'before', status: 400 });
  expect(await failureOf(lease.send({ id: 'no', to: TO, message: 'refused' }))).toMatchObject({
    type: 'MessageRefused',
  });
  expect(await failureOf(lease.send({ id: 'no', to: TO, message: 'refused' }))).toMatchObject({
    type: 'MessageRefused',
  });
  faults.on(ROUTE.send, { phase: 'before', status: 403 });
  expect(await failureOf(lease.send({ id: 'forbidden', to: TO, message: 'not you' }))).toMatchObject({
    type: 'MessageRefused',
  });
  expect(await lease.send({ id: 'yes', to: TO, message: 'fine' })).toMatchObject({ outcome: 'sent' });
  const { state, counts } = await lease.status();
  expect([state, counts]).toEqual(['active', { queued: 0, sent: 1, unknown: 0, refused: 2 }]);
});

test('one message id is sent once, whoever asks and however often', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'once', messages: [{ id: 'a', to: TO, message: 'hello' }] });
  const message = { id: 'a', to: TO, message: 'hello' };
  const answers = await Promise.all([
    lease.update('send', message),
    lease.update('send', message),
    lease.update('send', message),
  ]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await failureOf(lease.send({ id: 'a', to: '+12025550199', message: 'hello' }))).toMatchObject({
    type: 'MessageRefused',
    field: 'id',
  });
  expect(await texts(world)).toEqual(['hello']);
});

test('a message that cannot be meant names its field', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'bad-message' });
  const wrong: [unknown, string | undefined][] = [
    [{ to: TO, message: 'x' }, 'id'],
    [{ id: '', to: TO, message: 'x' }, 'id'],
    [{ id: 'a', to: '2025550123', message: 'x' }, 'to'],
    [{ id: 'a', to: TO }, 'message'],
    [{ id: 'a', to: TO, message: '' }, 'message'],
    [{ id: 'a', to: TO, message: 'x', from: TO }, 'from'],
    [null, undefined],
  ];
  for (const [message, field] of wrong) {
    const failure = await failureOf(lease.update('send', message));
    expect([message, failure.type, failure.field]).toEqual([message, 'InvalidRequest', field]);
  }
  expect(await texts(world)).toEqual([]);
});

test('texts leave five at once, then one a second', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({
    reference: 'paced',
    messages: messages(12),
    terminateAfterMessages: true,
  });
  const result = await lease.result();
  expect(result.counts).toEqual({ queued: 0, sent: 12, unknown: 0, refused: 0 });
  expect(result.reason).toBe('all messages are sent');
  expect(await texts(world)).toEqual(messages(12).map(({ message }) => message));
  const at = await times(world);
  expect(at[5]! - at[0]!).toBeLessThan(2_000);
  for (let index = 6; index < 12; index += 1) {
    expect(at[index]! - at[5]!).toBeGreaterThanOrEqual((index - 5) * 1_000 - SLACK_MS);
  }
  expect(at[11]! - at[0]!).toBeLessThan(12_000);
});

test('a pace of its own', async ({ open }) => {
  const world = await open();
  await world.work();
  const pacing = { perSecond: 0.1, burst: 1 };
  const lease = await world.leased({
    reference: 'slow',
    messages: messages(4),
    terminateAfterMessages: true,
    pacing,
  });
  await lease.result();
  const at = await times(world);
  expect(at[3]! - at[0]!).toBeGreaterThanOrEqual(29_500);
});

test('what is still queued when the lease ends is refused and said so', async ({ open }) => {
  const world = await open();
  await world.work();
  const pacing = { perSecond: 0.01, burst: 2 };
  const lease = await world.leased({ reference: 'cut-short', messages: messages(5), pacing });
  await world.soon('two texts', async () => (await lease.status()).counts.sent === 2);
  await lease.terminate('changed our mind');
  const result = await lease.result();
  expect(result.counts).toEqual({ queued: 0, sent: 2, unknown: 0, refused: 3 });
  expect(result.messages[4]).toMatchObject({
    id: 'm4',
    outcome: 'refused',
    failure: { type: 'LeaseNotActive' },
  });
  expect(await texts(world)).toHaveLength(2);
});

test('without messages a one-shot goes back at once', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'nothing-to-say', terminateAfterMessages: true });
  expect(await lease.result()).toMatchObject({ reason: 'all messages are sent', releasedBy: 'us' });
});

test('reports of delivery reach their message', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'reports' });
  const { messageId } = await lease.send({ id: 'a', to: TO, message: 'hello' });
  await lease.handle.signal('deliveryReported', { messageId, delivered: true });
  await lease.handle.signal('deliveryReported', { messageId: 'text_unknown', delivered: false });
  const { messages: shown } = await lease.status();
  expect(shown).toEqual([{ id: 'a', to: TO, outcome: 'sent', messageId, delivery: 'confirmed' }]);
});

const texts = async (world: World) => (await world.texts()).map(({ message }) => message);
const times = async (world: World) => (await world.texts()).map(({ at }) => at);
