/** Whether a text arrived is asked of the vendor where no webhook told: the simulator sends none, so each report is lost. */
import { expect } from 'vitest';
import type { Delivery, Message, SendAnswer } from '../../../domain/contract.js';
import { test } from '../../support/fixture.js';
import type { EntryOf } from '../../support/ledger.js';
import { failureOf, type LeaseHandle, type World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const asked: Message = { id: 'asked', to: TO, message: 'Did this arrive?', confirmDelivery: true };
const plain: Message = { id: 'plain', to: TO, message: 'Nobody asks about this' };

const asks = ({ simulator }: World): number => simulator.controls.calls()[ROUTE.message] ?? 0;

async function deliveryOf(lease: LeaseHandle, id = asked.id): Promise<Delivery | undefined> {
  const { messages } = await lease.status();
  return messages.find((message) => message.id === id)?.delivery;
}

async function texts(world: World): Promise<string[]> {
  return (await world.texts()).map(({ message }) => message);
}

const known = (world: World, lease: LeaseHandle, stepMs = 10_000): Promise<void> =>
  world.later('what became of it', stepMs, async () => (await deliveryOf(lease)) !== undefined);

test('a lost report is made good, once, and only for the text that asks for it', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'lost-report', messages: [plain] });
  await lease.send(asked);
  await known(world, lease);
  expect(await deliveryOf(lease)).toBe('confirmed');
  expect(asks(world)).toBe(1);
  await world.server.sleep(24 * HOUR_MS);
  expect(asks(world)).toBe(1);
  expect(await deliveryOf(lease, plain.id)).toBeUndefined();
  expect(await texts(world)).toEqual([plain.message, asked.message]);
});

test('a text of the request may ask for it too', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'by-request', messages: [asked] });
  await known(world, lease);
  expect(await deliveryOf(lease)).toBe('confirmed');
});

test('after a webhook nobody is asked', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'webhook-first' });
  const { messageId } = await lease.send(asked);
  await lease.handle.signal('deliveryReported', { messageId, delivered: false });
  await world.server.sleep(5 * HOUR_MS);
  expect(await deliveryOf(lease)).toBe('failed');
  expect(asks(world)).toBe(0);
});

test('a webhook that overtakes the answer of its send is kept until the answer is there', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'overtaken' });
  faults.on(ROUTE.send, { phase: 'answering', delayMs: 1_500, cut: 0 });
  const sending = await lease.begin<SendAnswer>('send', asked);
  await world.soon('the text is out', async () => (await world.texts()).length === 1);
  const [{ messageId }] = (await world.texts()) as [EntryOf<'text'>];
  await lease.handle.signal('deliveryReported', { messageId, delivered: true });
  expect(await sending()).toMatchObject({ outcome: 'sent', messageId });
  expect(await deliveryOf(lease)).toBe('confirmed');
  expect(asks(world)).toBe(0);
});

test('a text that did not arrive has failed', async ({ open }) => {
  const world = await open();
  await world.work();
  world.simulator.controls.setUnreachable(TO, true);
  const lease = await world.leased({ reference: 'unreachable' });
  await lease.send(asked);
  await known(world, lease);
  expect(await deliveryOf(lease)).toBe('failed');
  expect(await texts(world)).toEqual([asked.message]);
});

test('while the API is away for an hour it is asked seldom, and nothing else waits for it', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'away' });
  await lease.send(asked);
  faults.on(ROUTE.message, { phase: 'before', status: 503 }, Infinity);
  await world.server.sleep(HOUR_MS);
  expect(asks(world)).toBeGreaterThanOrEqual(4);
  expect(asks(world)).toBeLessThanOrEqual(6);
  expect(await lease.send(plain)).toMatchObject({ outcome: 'sent' });
  expect(await lease.status()).toMatchObject({ state: 'active' });
  expect(await deliveryOf(lease)).toBeUndefined();
  faults.clear();
  await known(world, lease, 10 * MINUTE_MS);
  expect(await deliveryOf(lease)).toBe('confirmed');
  expect(await texts(world)).toEqual([asked.message, plain.message]);
});

test('a slow answer holds up no text and no termination', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, callTimeoutMs: 20_000 });
  await world.work();
  const lease = await world.leased({ reference: 'slow' });
  await lease.send(asked);
  faults.on(ROUTE.message, { phase: 'before', delayMs: 5_000 });
  await world.server.sleep(MINUTE_MS + 1_000);
  await world.soon('the vendor is asked', () => asks(world) === 1);
  expect(await lease.send(plain)).toMatchObject({ outcome: 'sent' });
  expect(await lease.terminate()).toEqual({ state: 'terminating' });
  expect(await deliveryOf(lease)).toBeUndefined();
  expect(await lease.result()).toMatchObject({
    messages: [{ id: 'asked', delivery: 'confirmed' }, { id: 'plain' }],
  });
});

test('what is not known after three days stays unknown, until somebody tells all the same', async ({
  open,
}) => {
  const world = await open({ deliveryMs: 1_000 * HOUR_MS });
  await world.work();
  const lease = await world.leased({ reference: 'never' });
  const { messageId } = await lease.send(asked);
  await world.server.sleep(71 * HOUR_MS);
  expect(await deliveryOf(lease)).toBeUndefined();
  await world.server.sleep(2 * HOUR_MS);
  expect(await deliveryOf(lease)).toBe('unknown');
  const calls = asks(world);
  expect(calls).toBeLessThanOrEqual(21);
  await world.server.sleep(48 * HOUR_MS);
  expect(asks(world)).toBe(calls);
  const { events } = await lease.handle.fetchHistory();
  expect(events?.length).toBeLessThan(300);
  await lease.handle.signal('deliveryReported', { messageId, delivered: true });
  expect(await deliveryOf(lease)).toBe('confirmed');
});

test('it goes on while the release is waited out, and is asked once more at the end', async ({ open }) => {
  const world = await open({ deliveryMs: 12 * MINUTE_MS, termination: { minMs: 600_000, maxMs: 600_000 } });
  await world.work();
  const request = { messages: [asked], terminateAfterMessages: true };
  const lease = await world.leased({ reference: 'one-shot', ...request });
  const before = await world.server.now();
  const result = await lease.result();
  expect(result).toMatchObject({ messages: [{ outcome: 'sent', delivery: 'unknown' }], releasedBy: 'us' });
  expect(Date.parse(result.releasedAt!) - before).toBeLessThan(12 * MINUTE_MS); // it waited for no delivery
  expect(asks(world)).toBe(4); // after one, three and seven minutes, and at the end
});

test('a text that arrived before the number was back is known by its last look', async ({ open }) => {
  const world = await open();
  await world.work();
  const request = { messages: [asked], terminateAfterMessages: true };
  const lease = await world.leased({ reference: 'quick', ...request });
  expect((await lease.result()).messages).toMatchObject([{ outcome: 'sent', delivery: 'confirmed' }]);
  expect(asks(world)).toBe(1);
});

test('an API that is away at the end ends nothing later', async ({ open }) => {
  const faults = new Plan().on(ROUTE.message, { phase: 'before', status: 503 }, Infinity);
  const world = await open({ faults });
  await world.work();
  const messages = Array.from({ length: 30 }, (_, index) => ({
    ...asked,
    id: `m${index}`,
    message: `text ${index}`,
  }));
  const pacing = { perSecond: 100, burst: 100 };
  const lease = await world.leased({
    reference: 'away-at-end',
    messages,
    terminateAfterMessages: true,
    pacing,
  });
  const result = await lease.result();
  expect(new Set(result.messages.map(({ delivery }) => delivery))).toEqual(new Set(['unknown']));
  expect(asks(world)).toBeLessThanOrEqual(10); // one look of five calls on the way, and one at the end
});

test('a text whose answer was lost has no id to ask by', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'no-id' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  expect(await lease.send(asked)).toEqual({ id: 'asked', outcome: 'sent' });
  expect(await deliveryOf(lease)).toBe('unknown');
  await world.server.sleep(HOUR_MS);
  expect(asks(world)).toBe(0);
  expect(await texts(world)).toEqual([asked.message]);
});

test('what is neither true nor false is refused, and asking again changes nothing', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'wrong' });
  expect(await failureOf(lease.update('send', { ...asked, confirmDelivery: 'yes' }))).toMatchObject({
    type: 'InvalidRequest',
    field: 'confirmDelivery',
  });
  await lease.send(asked);
  await lease.send(asked);
  await known(world, lease);
  expect(asks(world)).toBe(1);
  expect(await texts(world)).toEqual([asked.message]);
});
