/** Hundreds of texts, so that a run goes on in a new one. */
import { expect } from 'vitest';
import type { Delivery, Message } from '../../../domain/contract.js';
import { test } from '../../support/fixture.js';
import type { LeaseHandle } from '../../support/harness.js';
import { ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;
const asked: Message = { id: 'asked', to: TO, message: 'Did this arrive?', confirmDelivery: true };

async function deliveryOf(lease: LeaseHandle): Promise<Delivery | undefined> {
  const { messages } = await lease.status();
  return messages.find(({ id }) => id === asked.id)?.delivery;
}

test('a delivery that is asked for is known after 730 texts, in a new run', async ({ open }) => {
  const world = await open({ deliveryMs: 30 * MINUTE_MS });
  await world.work();
  const others = Array.from({ length: 720 }, (_, nth) => ({ id: `m${nth}`, to: TO, message: `text ${nth}` }));
  const messages = [...others.slice(0, -50), asked, ...others.slice(-50)];
  const pacing = { perSecond: 100, burst: 1_000 };
  const lease = await world.leased({ reference: 'busy', messages, pacing });
  const { runId: first } = await lease.handle.describe();
  await world.textsOut(721);
  for (let nth = 0; nth < 9; nth += 1) await lease.send({ id: `more${nth}`, to: TO, message: `more ${nth}` });
  expect((await lease.handle.describe()).runId).not.toBe(first);
  expect(await deliveryOf(lease)).toBeUndefined();
  await world.later('what became of it', MINUTE_MS, async () => (await deliveryOf(lease)) !== undefined);
  expect(await deliveryOf(lease)).toBe('confirmed');
  expect(world.simulator.controls.calls()[ROUTE.message]).toBeLessThanOrEqual(6);
  expect(await world.texts()).toHaveLength(730);
});
