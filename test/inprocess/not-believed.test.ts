import { describe, expect } from 'vitest';
import type { Fault } from '../../simulator/index.js';
import { test } from '../support/fixture.js';
import type { World } from '../support/harness.js';
import { PAGES, testPages } from '../support/not-found-pages.js';
import { Plan, ROUTE } from '../support/plan.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const lag = (milliseconds: number) => ({ minMs: milliseconds, maxMs: milliseconds });

test('a DELETE that answers 200 proves nothing: the number stays leased for an hour, and the run waits', async ({
  open,
}) => {
  const world = await open({ termination: lag(HOUR_MS) });
  await world.work();
  const lease = await world.leased({ reference: 'an-hour' });
  await lease.terminate();
  await world.server.sleep(50 * MINUTE_MS);
  const { state, counts } = await lease.status();
  expect([state, counts.queued]).toEqual(['attention', 0]);
  const { releasedAt, terminatedAt, releasedBy } = await lease.result();
  expect(releasedBy).toBe('us');
  expect(Date.parse(releasedAt!) - Date.parse(terminatedAt!)).toBeGreaterThanOrEqual(HOUR_MS - 1_000);
});

describe('a number that vanishes for one read and comes back is still leased', () => {
  const gone: Fault = { phase: 'before', status: 404 };

  test.for<[string, (faults: Plan, notLeased: Fault) => unknown]>([
    ['from the list of leased numbers', (faults) => faults.on(ROUTE.leased, gone)],
    [
      'from its own read',
      (faults) => faults.on(ROUTE.leased, { phase: 'before', status: 500 }).on(ROUTE.read, gone),
    ],
    ['from both at once', (faults) => faults.on(ROUTE.leased, gone).on(ROUTE.read, gone)],
    ['from its own read, which shows no lease', (faults, notLeased) => faults.on(ROUTE.read, notLeased, 30)],
  ])('%s', async ([, vanish], { open }) => {
    const faults = new Plan();
    const world = await open({ faults, termination: lag(5 * MINUTE_MS) });
    await world.work();
    const lease = await world.leased({ reference: 'blinks' });
    const notLeased = await shownAs(world, lease.number, { lease_id: null, lease_status: null });
    await lease.terminate();
    await world.soon('the DELETE', () => world.simulator.controls.calls()[ROUTE.terminate] === 1);
    vanish(faults, notLeased);
    await world.server.sleep(2 * MINUTE_MS);
    expect((await lease.status()).state).toBe('terminating');
    vanish(faults, notLeased);
    await world.server.sleep(MINUTE_MS);
    expect((await lease.status()).state).toBe('terminating');
    faults.clear();
    const { releasedAt, terminatedAt } = await lease.result();
    expect(Date.parse(releasedAt!) - Date.parse(terminatedAt!)).toBeGreaterThanOrEqual(5 * MINUTE_MS - 1_000);
  });
});

testPages(PAGES.slice(0, 1));

/** The number's own read as it is now, with some of its fields otherwise. */
async function shownAs(world: World, number: string, fields: Record<string, unknown>): Promise<Fault> {
  const headers = { authorization: `Token ${world.simulator.apiKey}` };
  const response = await fetch(`${world.simulator.url}/numbers/${encodeURIComponent(number)}`, { headers });
  const body = (await response.json()) as { data: object };
  return {
    phase: 'before',
    status: 200,
    body: JSON.stringify({ ...body, data: { ...body.data, ...fields } }),
  };
}
