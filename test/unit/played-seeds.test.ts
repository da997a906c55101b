import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeedReport } from '../../simulation/fleet.js';
import { NO_LOSSES } from '../../simulation/losses.js';
import { playedCode } from '../../simulation/played-code.js';
import { PlayedSeeds, type Way } from '../../simulation/played-seeds.js';
import { SeedSet } from '../../simulation/seed-set.js';

const WAY: Way = { show: 'product', lives: 10, profile: 'storm', guards: true };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasehold-seeds-'));
  file = join(folder, 'seeds.json');
});
afterEach(() => rm(folder, { recursive: true }));

test('what a seed came to is counted once, for its way of playing and no other', () => {
  for (const seed of [7, 8, 7]) new PlayedSeeds(file, 'code', WAY).add(report(seed));

  const played = new PlayedSeeds(file, 'code', WAY);

  expect([7, 8, 9].map((seed) => played.has(seed))).toEqual([true, true, false]);
  expect(played.sums).toMatchObject({ seeds: 2, leases: 18, texts: 8, failed: 0, spoilt: 2 });
  expect(played.sums.faults).toEqual({ 'GET /numbers | before | 500': 4 });
  expect(played.sums.losses.unserved).toBe(2);
  expect(played.sums.guarded).toMatchObject({ seeds: 2, refused: 6 });
  for (const other of [
    { lives: 11 },
    { profile: 'rough' },
    { guards: false },
    { address: 'here:7233' },
  ] as const)
    expect(new PlayedSeeds(file, 'code', { ...WAY, ...other }).has(7), JSON.stringify(other)).toBe(false);
});

test('a seed that was played with other code does not count, and is kept all the same', () => {
  new PlayedSeeds(file, 'older', WAY).add(report(7));
  const newer = new PlayedSeeds(file, 'newer', WAY);
  newer.add(report(8));

  expect(newer.has(7)).toBe(false);
  expect(newer.passedOver).toBe(1);
  expect(newer.sums.seeds).toBe(1);
  expect(new PlayedSeeds(file, 'older', WAY).has(7)).toBe(true);
});

test('earlier code that counts gives its seeds, but for those that broke a promise', () => {
  const earlier = [{ code: 'older', countsFor: 'newer', why: 'a comment' }];
  const older = new PlayedSeeds(file, 'older', WAY);
  older.add(report(7));
  older.add({ ...report(8), violations: ['an orphan'] });
  new PlayedSeeds(file, 'oldest', WAY).add(report(9));
  new PlayedSeeds(file, 'newer', WAY, earlier).add(report(10));

  const newer = new PlayedSeeds(file, 'newer', WAY, earlier);

  expect([7, 8, 9, 10].map((seed) => newer.has(seed))).toEqual([true, false, false, true]);
  expect(newer.sums).toMatchObject({ seeds: 2, failed: 0, losses: { unserved: 3 } });
  expect(newer.carried).toMatchObject([{ code: 'older', seeds: 1, why: 'a comment' }]);
  expect(newer.passedOver).toBe(1);
  expect(new PlayedSeeds(file, 'newest', WAY, earlier).has(7)).toBe(false);
});

test('a seed that broke down is played again', () => {
  new PlayedSeeds(file, 'code', WAY).add({ ...report(7), brokeDown: true });

  expect(new PlayedSeeds(file, 'code', WAY).has(7)).toBe(false);
});

test('a broken promise counts and keeps its story', () => {
  const story = new Map([['+12125550123', ['leased', 'forgotten']]]);
  new PlayedSeeds(file, 'code', WAY).add({ ...report(7), violations: ['an orphan'], story });

  const played = new PlayedSeeds(file, 'code', WAY);

  expect(played.broken).toEqual([{ seed: 7, violations: ['an orphan'], story }]);
  expect(played.sums.failed).toBe(1);
});

test('a file that is no record is told of, and left as it is', async () => {
  await writeFile(file, 'my diary');

  expect(() => new PlayedSeeds(file, 'code', WAY)).toThrow(`--record ${file} is no record of seeds`);
  expect(await readFile(file, 'utf8')).toBe('my diary');
});

test('seeds are written as ranges, in whichever order they came', () => {
  const seeds = new SeedSet();
  for (const seed of [3, 1, 9, 2, 7, 10]) seeds.add(seed);

  expect(seeds.toString()).toBe('1-3 7 9-10');
  const read = new SeedSet('1-3 7 9-10');
  expect([read.size, read.has(2), read.has(4), read.has(10)]).toEqual([6, true, false, true]);
});

test('the code that seeds are played with has a name, which changes with each line that decides how they come out', async () => {
  for (const name of ['activities', 'contiguity', 'domain', 'simulation', 'simulator', 'worker', 'workflows'])
    await mkdir(join(folder, 'built', name), { recursive: true });
  const line = join(folder, 'built', 'workflows', 'lease-run.js');
  await writeFile(line, 'export const a = 1;\n');
  await cp(join(folder, 'built'), join(folder, 'copy'), { recursive: true });
  const name = await playedCode(join(folder, 'built'));
  await writeFile(line, 'export const a = 2;\n');
  await writeFile(join(folder, 'copy', 'simulation', 'totals.js'), 'export const b = 1;\n');

  expect(name).toMatch(/^[0-9a-f]{12}$/);
  expect(await playedCode(join(folder, 'copy')), 'counting decides nothing').toBe(name);
  expect(await playedCode(join(folder, 'built'))).not.toBe(name);
});

function report(seed: number): SeedReport {
  return {
    seed,
    violations: [],
    story: new Map(),
    leases: 9,
    texts: 4,
    simulatedMs: 1,
    tookMs: 1,
    spoilt: 1,
    faults: { 'GET /numbers | before | 500': 2 },
    losses: { ...NO_LOSSES, unserved: 1 },
    guarded: { seeds: 1, protected: 0, restored: 0, adopted: 0, refused: 3 },
  };
}
