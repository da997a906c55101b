import { WorkflowNotFoundError } from '@temporalio/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LeasedSnapshot } from '../../activities/leased-snapshot.js';
import { ReleaseWatch, WATCH_EVERY_MS } from '../../activities/release-watch.js';
import { leaseId } from '../../domain/ids.js';

const EVERY_MS = 20_000;
const MINUTE_MS = 60_000;

/** number → lease id, as the vendor lists them. */
let listed: Map<string, string>;
let reads: number;
let woken: string[];
let wake: (workflowId: string) => Promise<void>;
let read: () => Promise<LeasedSnapshot>;

beforeEach(() => {
  vi.useFakeTimers();
  listed = new Map();
  reads = 0;
  woken = [];
  wake = (workflowId) => Promise.resolve(void woken.push(workflowId));
  read = () => Promise.resolve(listed);
});
afterEach(() => vi.useRealTimers());

const numberOf = (nth: number) => `+1415555${String(nth).padStart(4, '0')}`;
const awaited = (nth: number, withinMs = EVERY_MS) => {
  const number = numberOf(nth);
  listed.set(number, `lsd_${nth}`);
  return { workflowId: leaseId(number), number, leaseId: `lsd_${nth}`, withinMs };
};
const snapshots = { read: () => ((reads += 1), read()) };
const watch = () => new ReleaseWatch(snapshots, (workflowId) => wake(workflowId), EVERY_MS, Date.now);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

it('reads one list for all who wait, and wakes those whose lease is gone from it', async () => {
  const eyes = watch();
  for (let nth = 0; nth < 100; nth += 1) expect(eyes.add(awaited(nth))).toBe(true);
  await pass(EVERY_MS);
  expect(woken).toEqual([]);
  listed.delete(numberOf(7));
  listed.set(numberOf(8), 'lsd_of_another');
  await pass(EVERY_MS);
  expect(woken.toSorted()).toEqual([leaseId(numberOf(7)), leaseId(numberOf(8))]);
  expect(reads).toBe(2);
});

it('wakes once, and again only who has asked again', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  listed.clear();
  await pass(5 * EVERY_MS);
  expect(woken).toHaveLength(1);
  eyes.add({ ...awaited(1) });
  listed.clear();
  await pass(EVERY_MS);
  expect(woken).toHaveLength(2);
});

it('looks at nothing while nobody waits', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  listed.clear();
  await pass(EVERY_MS);
  await pass(10 * MINUTE_MS);
  expect(reads).toBe(1);
});

it('believes no list that could not be read', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  read = () => Promise.reject(new Error('no answer'));
  await pass(3 * EVERY_MS);
  expect(woken).toEqual([]);
  read = () => Promise.resolve(new Map());
  await pass(EVERY_MS);
  expect(woken).toHaveLength(1);
});

it('tells next time whom it could not tell', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  listed.clear();
  const works = wake;
  wake = () => Promise.reject(new Error('Temporal does not answer'));
  await pass(EVERY_MS);
  wake = works;
  await pass(EVERY_MS);
  expect(woken).toEqual([leaseId(numberOf(1))]);
});

it('asks nothing more of a run that has ended, or has its proof', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  eyes.add(awaited(2));
  listed.clear();
  eyes.forget('lsd_2');
  const asked: string[] = [];
  wake = (workflowId) => {
    asked.push(workflowId);
    return Promise.reject(new WorkflowNotFoundError('it has ended', workflowId, undefined));
  };
  await pass(5 * EVERY_MS);
  expect(asked).toEqual([leaseId(numberOf(1))]);
});

it('wakes nobody who looks by himself in a moment, unless he does not', async () => {
  const eyes = watch();
  const looksAt = Date.now() + EVERY_MS + 5_000;
  eyes.add({ ...awaited(1), looksAt });
  eyes.add({ ...awaited(2), looksAt: looksAt + MINUTE_MS });
  listed.clear();
  await pass(EVERY_MS);
  expect(woken).toEqual([leaseId(numberOf(2))]);
  await pass(EVERY_MS);
  expect(woken).toHaveLength(2);
});

it('forgets who has not asked for a quarter of an hour', async () => {
  const eyes = watch();
  eyes.add(awaited(1));
  await pass(16 * MINUTE_MS);
  const soFar = reads;
  await pass(60 * MINUTE_MS);
  expect(reads).toBe(soFar);
});

it('watches nobody who wants to know sooner than it looks, and nobody where it is told not to look', async () => {
  expect(watch().add(awaited(1, EVERY_MS - 1))).toBe(false);
  const blind = new ReleaseWatch(snapshots, wake, undefined, Date.now);
  expect(blind.add(awaited(1, 10 * MINUTE_MS))).toBe(false);
  await pass(10 * MINUTE_MS);
  expect(reads).toBe(0);
});

it('watches no more than it can, and goes on for those whom it watches', () => {
  const eyes = watch();
  for (let nth = 0; nth < 20_000; nth += 1) expect(eyes.add(awaited(nth))).toBe(true);
  expect(eyes.add(awaited(20_000))).toBe(false);
  expect(eyes.add(awaited(19_999))).toBe(true);
});

it('looks as often as the longest wait between two looks that a request gets by default', () => {
  expect(WATCH_EVERY_MS).toBeLessThanOrEqual(30_000);
});
