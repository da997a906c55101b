/** Runs that wait for a release, and the worker that looks for all of them at once. */
import { expect, test } from 'vitest';
import { countHistories } from '../../../bench/history-counts.js';
import { leaseId, provisionId } from '../../../domain/ids.js';
import type { Lag } from '../../../simulator/state.js';
import { devWorld, type DevWorld } from '../../support/dev-world.js';
import { ROUTE } from '../../support/plan.js';

const SECOND_MS = 1_000;
const WATCH_EVERY_MS = 2 * SECOND_MS;
/** One answer of the list serves for so long. */
const SNAPSHOT_MS = 2 * SECOND_MS;
/** Between two processes on a busy machine. */
const GRACE_MS = 8 * SECOND_MS;
/** Longer than a run waits before its first look, so that it has to wait on. */
const TERMINATION_MS = 25 * SECOND_MS;

const oneShot = (reference: string) => ({
  reference,
  messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
  terminateAfterMessages: true,
  settleWindow: '1s', // nothing is in doubt here, so it only costs time
});

const world = (termination: Lag) => devWorld({ termination, watchEveryMs: WATCH_EVERY_MS });

async function delayOf(here: DevWorld, number: string, noticedAt: string | null): Promise<number> {
  const released = (await here.entries('released')).find((entry) => entry.number === number);
  return Date.parse(noticedAt ?? '') - (released?.at ?? Number.NaN);
}

test('a worker that has seen no termination keeps to the budget of a life, however long that one takes', async () => {
  const here = await world({ minMs: TERMINATION_MS, maxMs: TERMINATION_MS });
  await here.work();
  const lease = await here.leasehold.provision(oneShot('cold'));
  const { polls, releasedAt } = await lease.released();
  const ids = [provisionId('cold'), leaseId(lease.number)];
  const histories = await Promise.all(ids.map((id) => here.client.workflow.getHandle(id).fetchHistory()));
  const { actions, events } = countHistories(histories);
  expect(polls).toBe(2);
  expect(actions).toBeLessThanOrEqual(17);
  expect(events).toBeLessThanOrEqual(69);
  expect(await delayOf(here, lease.number, releasedAt)).toBeLessThan(WATCH_EVERY_MS + SNAPSHOT_MS + GRACE_MS);
});

test('lives side by side are looked for by one list at a time, and each notices its release in time', async () => {
  const here = await world({ minMs: TERMINATION_MS - 10 * SECOND_MS, maxMs: TERMINATION_MS });
  await here.work();
  const began = Date.now();
  const lives = Array.from({ length: 12 }, async (_, nth) => {
    const lease = await here.leasehold.provision(oneShot(`life-${nth}`));
    const { polls, releasedAt } = await lease.released();
    return { polls, delay: await delayOf(here, lease.number, releasedAt) };
  });
  const seen = await Promise.all(lives);
  const tookMs = Date.now() - began;
  for (const { polls, delay } of seen) {
    expect(polls).toBeLessThanOrEqual(3); // a first one too early, one that a stale list may have cost, the proof
    expect(delay).toBeLessThan(WATCH_EVERY_MS + SNAPSHOT_MS + GRACE_MS);
  }
  const { [ROUTE.leased]: lists = 0 } = here.simulator.controls.calls();
  expect(lists).toBeLessThanOrEqual(tookMs / SNAPSHOT_MS + 1);
});
