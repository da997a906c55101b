import { expect } from 'vitest';
import type { FaultPlan } from '../../simulator/index.js';
import { test } from '../support/fixture.js';
import { tell } from '../support/tell.js';

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];
const LEASES = 500;
/** Of them: a text is sent through so many while the API is away, and so many end in that time. */
const WITH_TEXT = 50;
const ENDING = 50;
const TOGETHER = 25;

/** The API is away for a day; every call that comes is noted at its time. */
class Outage implements FaultPlan {
  readonly calls: number[] = [];
  from = Number.POSITIVE_INFINITY;

  get to(): number {
    return this.from + 24 * HOUR_MS;
  }

  decide({ at }: { at: number }) {
    this.calls.push(at);
    return at >= this.from && at < this.to ? ({ phase: 'before', status: 503 } as const) : undefined;
  }
}

test('a day without the API costs none of five hundred leases and no text, and the return is no stampede', async ({
  open,
}) => {
  const outage = new Outage();
  const world = await open({ faults: outage, inventorySize: 2 * LEASES });
  await world.work();
  const leases = [];
  for (let first = 0; first < LEASES; first += TOGETHER) {
    const some = Array.from({ length: TOGETHER }, (_, nth) => first + nth);
    const term = (nth: number) => (nth < ENDING ? { term: '3h' } : {});
    leases.push(
      ...(await Promise.all(some.map((nth) => world.leased({ reference: `out-${nth}`, ...term(nth) })))),
    );
  }
  outage.from = await world.server.now();
  const answers = [];
  for (const [nth, lease] of leases.slice(-WITH_TEXT).entries())
    answers.push(
      await lease.begin('send', { id: `t${nth}`, to: '+12025550123', message: `text ${nth}` }, `t${nth}`),
    );
  for (let hours = 0; hours < 24; hours += 1) await world.server.sleep(HOUR_MS);
  for (let minutes = 0; minutes < 60; minutes += 10) await world.server.sleep(10 * MINUTE_MS);

  expect(
    (await Promise.all(answers.map((answer) => answer()))).map(
      (answer) => (answer as { outcome: string }).outcome,
    ),
  ).toEqual(answers.map(() => 'sent'));
  const { open: held } = await world.simulator.controls.ledger();
  expect(await world.texts()).toHaveLength(WITH_TEXT);
  expect(held).toHaveLength(LEASES - ENDING);
  const during = outage.calls.filter((at) => at >= outage.from && at < outage.to).length;
  const after = outage.calls.filter((at) => at >= outage.to);
  const peak = most(after, SECOND_MS);
  tell(
    `${LEASES} leases, a day without the API: ${during} calls in vain; after it ${after.length} calls, at most ${peak} a second`,
  );
  expect(peak).toBeLessThan(25);
});

/** The most of these instants within so long. */
function most(instants: number[], withinMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let first = 0;
  return sorted.reduce((peak, at, nth) => {
    while (at - sorted[first]! >= withinMs) first += 1;
    return Math.max(peak, nth - first + 1);
  }, 0);
}
