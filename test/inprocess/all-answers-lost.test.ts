import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

const TO = '+12025550123';
/** Short, so that a doubt is settled within a test's patience; the window itself is the same code at any length. */
const settleWindow = '3s';
const FIFTY = Array.from({ length: 50 }, (_, nth) => nth);

test('ten leases send five texts each, every answer to a text lost: each goes out once', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.send, { phase: 'after', reset: true }, Infinity);
  const ids = FIFTY.map((nth) => `text ${nth}`);
  const leases = await Promise.all(
    FIFTY.slice(0, 10).map((nth) => {
      const messages = ids.slice(nth * 5, nth * 5 + 5).map((id) => ({ id, to: TO, message: id }));
      return world.leased({ reference: `mute ${nth}`, settleWindow, messages, terminateAfterMessages: true });
    }),
  );
  const results = await Promise.all(leases.map((lease) => lease.result()));
  expect(results.map(({ counts }) => counts.sent)).toEqual(results.map(() => 5));
  const texts = (await world.texts()).map(({ message }) => message);
  expect(texts.toSorted()).toEqual(ids.toSorted());
});
