import { describe, expect } from 'vitest';
import { NAMES } from '../../domain/contract.js';
import { test } from '../support/fixture.js';
import type { World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
const HELLO = { to: TO, message: 'Hello' };
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

async function texts(world: World): Promise<string[]> {
  return (await world.texts()).map(({ number, message }) => `${number} ${message}`);
}
