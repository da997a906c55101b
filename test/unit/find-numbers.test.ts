/** Searches of one moment share one answer of the vendor's; each goes for a number of its own. */
import { expect, test } from 'vitest';
import { findNumbersActivity } from '../../activities/find-numbers.js';
import { Inventory } from '../../activities/inventory.js';
import { createContiguity } from '../../contiguity/index.js';
import { startSimulator } from '../../simulator/index.js';

const SECOND_MS = 1_000;

async function searcher(inventorySize: number, owned: string[] = []) {
  const simulator = await startSimulator({ inventorySize });
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  let time = Date.now();
  const now = () => time;
  const search = findNumbersActivity({
    api,
    now,
    inventory: new Inventory(api, now, () => Promise.resolve(owned)),
  } as never);
  const first = async (reference: string): Promise<string | undefined> => {
    const read = await search({ request: { reference, criteria: {} }, tried: [] });
    if (!read.answered || 'failure' in read.value) throw new Error('nothing was found');
    return read.value.offers[0]?.number;
  };
  const close = async () => {
    await api.close();
    await simulator.close();
  };
  return { first, close, calls: () => simulator.controls.calls(), skip: (ms: number) => void (time += ms) };
}

test('a hundred searches at once make one call and go for a hundred different numbers', async () => {
  const { first, calls, close } = await searcher(600);
  const chosen = await Promise.all(Array.from({ length: 100 }, (_, nth) => first(`seed-${nth}`)));
  expect(new Set(chosen).size).toBe(100);
  expect(calls()).toEqual({ 'GET /numbers/leases': 1 });
  await close();
});

test('numbers that the runs of other workers are about to lease come last', async () => {
  const apart = await searcher(600);
  const others: string[] = [];
  for (let nth = 0; nth < 100; nth += 1) others.push((await apart.first(`seed-${nth}`)) ?? '');
  await apart.close();
  const { first, close } = await searcher(600, others);
  const chosen = await Promise.all(Array.from({ length: 100 }, (_, nth) => first(`seed-${nth}`)));
  expect(chosen.filter((number) => others.includes(number ?? ''))).toEqual([]);
  expect(new Set(chosen).size).toBe(100);
  await close();
});

test('where all were gone for, the one that it was longest ago comes first', async () => {
  const { first, skip, close } = await searcher(40);
  const round: (string | undefined)[] = [];
  const seen = new Set<string | undefined>();
  for (let nth = 0; ; nth += 1) {
    const number = await first(`seed-${nth}`);
    if (seen.has(number)) {
      expect(number).toBe(round[0]);
      break;
    }
    seen.add(number);
    round.push(number);
    skip(SECOND_MS / 10);
  }
  expect(round.length).toBeGreaterThan(20);
  await close();
});

test('a number that nobody took is offered as before after ten minutes', async () => {
  const { first, skip, close } = await searcher(600);
  const number = await first('seed');
  expect(await first('seed')).not.toBe(number);
  skip(601 * SECOND_MS);
  expect(await first('seed')).toBe(number);
  await close();
});
