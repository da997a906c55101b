import { describe, expect } from 'vitest';
import { NAMES } from '../../domain/contract.js';
import {
  HELLO,
  SAMPLED_REFUSALS,
  SAMPLED_WAYS,
  testHistoriesWritten,
  testRefusedCopies,
  texts,
  TO,
} from '../support/doubtful-texts.js';
import { test } from '../support/fixture.js';
import type { World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const MINUTE_MS = 60_000;

test('a text whose answer was lost and that left from a substitute number is unknown, and not sent twice', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'substituted' });
  const substitute = await otherNumber(world, lease.number);
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  const sending = await lease.begin('send', { id: 'm', ...HELLO });
  await world.soon('the call', () => world.simulator.controls.calls()[ROUTE.send] === 1);
  await sendFrom(world, substitute);
  await lease.handle.signal('numberSubstituted', { originalNumber: lease.number, usedNumber: substitute });
  expect(await sending()).toEqual({ id: 'm', outcome: 'unknown' });
  expect(await texts(world)).toEqual([`${substitute} Hello`]);
});

test('a substitution from long ago still counts', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'once-substituted' });
  await lease.handle.signal('numberSubstituted', { usedNumber: '+12025550177' });
  await lease.send({ id: 'a', ...HELLO });
  await world.server.sleep(24 * 60 * MINUTE_MS);
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  expect(await lease.send({ id: 'b', ...HELLO })).toEqual({ id: 'b', outcome: 'unknown' });
  expect(await texts(world)).toHaveLength(1);
});

test('a text that a restored lease gave up is not taken for the next one to that person', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'restored', grace: '2h' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  faults.on(ROUTE.history, { phase: 'before', status: 503 }, 1_000);
  const givenUp = await lease.begin('send', { id: 'a', ...HELLO }, 'a');
  await world.soon('its answer is lost', async () => (await lease.status()).counts.queued === 1);
  await lease.terminate();
  await world.server.sleep(30 * MINUTE_MS);
  expect(await givenUp()).toEqual({ id: 'a', outcome: 'unknown' });
  await lease.update(NAMES.restore, {});
  faults.clear();
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  expect(await lease.send({ id: 'b', to: TO, message: 'Next' })).toMatchObject({ outcome: 'sent' });
  expect(await texts(world)).toEqual([`${lease.number} Hello`, `${lease.number} Next`]);
});

test('a text that acts late, of which the vendor gave no time, is not taken for a later one', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'no-time' });
  const timeless = { object: 'response', data: { message_id: 'text_timeless' } };
  faults.on(ROUTE.send, { phase: 'after', status: 200, body: JSON.stringify(timeless) });
  expect(await lease.send({ id: 'a', ...HELLO })).toMatchObject({ outcome: 'sent' });
  faults.on(ROUTE.send, { phase: 'before', reset: true, lateMs: 30_000 });
  expect(await lease.send({ id: 'b', to: TO, message: 'Late' })).toEqual({ id: 'b', outcome: 'unknown' });
  expect(await lease.send({ id: 'c', to: TO, message: 'Next' })).toMatchObject({ outcome: 'sent' });
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  expect(await lease.send({ id: 'd', to: TO, message: 'Last' })).toMatchObject({ outcome: 'sent' });
  const words = (await world.texts()).map(({ message }) => message);
  expect(words).toEqual(['Hello', 'Late', 'Next', 'Last']);
});

describe('equal texts to one recipient in two leases of one number, one after the other', () => {
  test.for([
    ['the second call is lost before it acts', 'before'],
    ['the second call acts and its answer is lost', 'after'],
  ] as const)('%s: each goes out once', async ([, phase], { open }) => {
    const faults = new Plan();
    const world = await open({ faults, termination: { minMs: 0, maxMs: 0 } });
    await world.work();
    const first = await world.leased({ reference: 'first' });
    const { number } = first;
    expect(await first.send({ id: 'm', ...HELLO })).toMatchObject({ outcome: 'sent' });
    await first.terminate();
    await first.result();
    const second = await world.leased({ reference: 'second', number });
    faults.on(ROUTE.send, { phase, reset: true });
    expect(await second.send({ id: 'm', ...HELLO })).toMatchObject({ outcome: 'sent' });
    expect(await texts(world)).toEqual([`${number} Hello`, `${number} Hello`]);
    await second.terminate();
    await second.result();
  });
});

testHistoriesWritten(SAMPLED_WAYS);
testRefusedCopies(SAMPLED_REFUSALS);

test('a send whose response is lost, and rows that cannot be read: it is not sent again', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'unreadable' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  faults.on(ROUTE.history, { phase: 'answering', rows: 'unreadable' }, Infinity);
  expect(await lease.send({ id: 'a', ...HELLO })).toEqual({ id: 'a', outcome: 'unknown' });
  expect(await texts(world)).toHaveLength(1);
});

test('429 answers the second copy, and the first acts only later: the text is not sent again', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, historyLagMs: 20_000 });
  await world.work();
  const lease = await world.leased({ reference: 'copied-late' });
  faults.on(ROUTE.send, { phase: 'before', status: 429, lateMs: 45_000 });
  expect(await lease.send({ id: 'm', ...HELLO })).toEqual({ id: 'm', outcome: 'sent' });
  expect(await texts(world)).toEqual([`${lease.number} Hello`]);
});

test.for([0, 20_000])(
  '400, and the copy acts only later, history lag %i ms: the text is not called refused',
  async (historyLagMs, { open }) => {
    const faults = new Plan();
    const world = await open({ faults, historyLagMs });
    await world.work();
    const lease = await world.leased({ reference: 'refused-late' });
    faults.on(ROUTE.send, { phase: 'before', status: 400, lateMs: 45_000 });
    expect(await lease.send({ id: 'm', ...HELLO })).toEqual({ id: 'm', outcome: 'sent' });
    expect(await texts(world)).toEqual([`${lease.number} Hello`]);
  },
);

test('a lease that ends after its messages ends when the history shows the last one', async ({ open }) => {
  const faults = new Plan().on(ROUTE.send, { phase: 'after', reset: true });
  const world = await open({ faults });
  await world.work();
  const messages = [{ id: 'm', ...HELLO }];
  const lease = await world.leased({ reference: 'one-shot', messages, terminateAfterMessages: true });
  expect(await lease.result()).toMatchObject({ reason: 'all messages are sent', counts: { sent: 1 } });
});

test('a text that is on its way when the lease ends is not called refused where another one is settled', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, callTimeoutMs: 5_000 });
  await world.work();
  const lease = await world.leased({ reference: 'on-its-way', settleWindow: '10s' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  faults.on(ROUTE.send, { phase: 'before', delayMs: 3_000 });
  faults.on(ROUTE.history, { phase: 'before', delayMs: 1_500 });
  const doubtful = await lease.begin('send', { id: 'a', ...HELLO }, 'a');
  const slow = await lease.begin('send', { id: 'b', to: '+12025550124', message: 'Slow' }, 'b');
  await world.soon('both calls', () => world.simulator.controls.calls()[ROUTE.send] === 2);
  await lease.terminate();
  expect(await doubtful()).toMatchObject({ outcome: 'sent' });
  expect(await slow()).toMatchObject({ outcome: 'sent' });
  expect(await lease.result()).toMatchObject({ counts: { sent: 2, refused: 0 } });
});

test('a text in doubt holds up its recipient, and no others', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'parked' });
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  const doubtful = await lease.begin('send', { id: 'a', ...HELLO }, 'a');
  await world.soon('it is in doubt', async () =>
    (await lease.status()).log.some(({ text }) => text.includes('message a in doubt')),
  );
  const behind = await lease.begin('send', { id: 'b', to: TO, message: 'Next' }, 'b');
  const other = await lease.begin('send', { id: 'c', to: '+12025550124', message: 'Other' }, 'c');
  await world.soon('the other is sent', async () => (await texts(world)).length === 1);
  expect(await other()).toMatchObject({ outcome: 'sent' });
  expect(await doubtful()).toMatchObject({ outcome: 'sent' });
  expect(await behind()).toMatchObject({ outcome: 'sent' });
  expect(await texts(world)).toEqual(['Other', 'Hello', 'Next'].map((words) => `${lease.number} ${words}`));
});

/** A number that the same account leases by other means. */
async function otherNumber(world: World, number: string): Promise<string> {
  const free = await world.freeNumbers();
  const other = free.find((record) => record.number !== number)!.number;
  await world.simulator.controls.leaseByHand(other);
  return other;
}

async function sendFrom(world: World, from: string): Promise<void> {
  const api = world.api();
  await api.text.send({ from, ...HELLO });
  await api.close();
}
