/**
 * What a life may cost whose termination takes five minutes: counts, which are the same on every machine. How long
 * things take is measured by `npm run bench`. What stands behind each figure: docs/performance.md.
 */
import { expect } from 'vitest';
import { countHistories, type HistoryCounts } from '../../../bench/history-counts.js';
import { leaseId, provisionId } from '../../../domain/ids.js';
import { test } from '../../support/fixture.js';
import type { World } from '../../support/harness.js';
import { ROUTE } from '../../support/plan.js';

const SECOND_MS = 1_000;
const TERMINATION_MS = 300 * SECOND_MS;
const FIVE_MINUTES = { minMs: TERMINATION_MS, maxMs: TERMINATION_MS };
/** As long as a worker waits: an ask that is repeated on a busy machine would be counted. */
const ASK = { acquireWaitMs: 5 * SECOND_MS };
/** One answer serves every look of so long a moment. */
const SNAPSHOT_MS = 2 * SECOND_MS;

const oneShot = (reference: string) => ({
  reference,
  messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
  terminateAfterMessages: true,
});

/** Leads a life to its end and counts both of its runs together. */
async function lead(world: World, reference: string): Promise<HistoryCounts> {
  const lease = await world.leased(oneShot(reference));
  await lease.result();
  const { workflow } = world.server.client;
  const ids = [provisionId(reference), leaseId(lease.number)];
  return countHistories(await Promise.all(ids.map((id) => workflow.getHandle(id).fetchHistory())));
}

test('where runs look for themselves, a life keeps to its budget once the worker has seen a termination', async ({
  open,
}) => {
  const world = await open({ termination: FIVE_MINUTES, ...ASK });
  await world.work();
  const first = await lead(world, 'first');
  expect(first.actions).toBeLessThanOrEqual(39); // a look each 30 seconds; a watched run keeps to 17: release-watch.test.ts
  expect(first.events).toBeLessThanOrEqual(190);
  const second = await lead(world, 'second');
  expect(second.actions).toBeLessThanOrEqual(15);
  expect(second.events).toBeLessThanOrEqual(58);
});

test('lives side by side share the lists, make six calls of their own, and notice their release in time', async ({
  open,
}) => {
  const world = await open({ termination: { minMs: 270 * SECOND_MS, maxMs: 330 * SECOND_MS } });
  await world.work();
  const began = await world.server.now();
  const references = Array.from({ length: 12 }, (_, nth) => `life-${nth}`);
  const provisions = await Promise.all(references.map((reference) => world.start(oneShot(reference))));
  const leased = await Promise.all(provisions.map(({ handle }) => handle.result()));
  const results = await Promise.all(leased.map(({ number }) => world.lease(number).result()));
  const tookMs = (await world.server.now()) - began;

  const calls = world.simulator.controls.calls();
  const { [ROUTE.find]: searches = 0, [ROUTE.leased]: snapshots = 0, ...own } = calls;
  const ownCalls = Object.values(own).reduce((total, count) => total + count, 0);
  expect(ownCalls).toBeLessThanOrEqual(6 * results.length); // so 1,000 at once stay below 7 each
  expect(snapshots).toBeLessThanOrEqual(tookMs / SNAPSHOT_MS);
  expect(searches).toBeLessThanOrEqual(results.length);

  const { entries } = await world.simulator.controls.ledger();
  const releases = new Map(
    entries.flatMap((entry) => (entry.kind === 'released' ? [[entry.number, entry.at]] : [])),
  );
  const delays = results.map(({ number, releasedAt }) => Date.parse(releasedAt!) - releases.get(number)!);
  delays.sort((a, b) => a - b);
  expect(delays[delays.length / 2]).toBeLessThanOrEqual(27 * SECOND_MS); // 15 of very many, give or take 4 of twelve
  expect(delays.at(-1)).toBeLessThanOrEqual(30 * SECOND_MS + SNAPSHOT_MS + SECOND_MS); // one for what takes real time
});
