import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeedReport } from '../../simulation/fleet.js';
import { Journal } from '../../simulation/journal.js';
import { NO_LOSSES } from '../../simulation/losses.js';
import type { Order } from '../../simulation/performer.js';
import { playedCode } from '../../simulation/played-code.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasehold-journal-'));
  file = join(folder, 'seeds.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

test('a seed that was played is found again by its order, and by no other', () => {
  new Journal(file, 'code').add(order(7), report(7));

  const journal = new Journal(file, 'code');

  expect(journal.find(order(7))).toMatchObject({ seed: 7, leases: 9 });
  expect(journal.find(order(8))).toBeUndefined();
  expect(journal.find({ ...order(7), lives: 11 })).toBeUndefined();
  expect(journal.find({ ...order(7), profile: 'rough' })).toBeUndefined();
});

test('a seed that was played with other code does not count', async () => {
  new Journal(file, 'older').add(order(7), report(7));
  const { code, ...before } = { code: 'none', ...order(8), ...report(8), story: [] };
  await appendFile(file, `${JSON.stringify(before)}\n`);

  const journal = new Journal(file, 'newer');

  expect(journal.find(order(7))).toBeUndefined();
  expect(journal.find(order(8)), code).toBeUndefined();
  expect(journal.passedOver).toBe(2);
});

test('a seed that broke down is played again, and a line that was cut off is left alone', async () => {
  new Journal(file, 'code').add(order(7), { ...report(7), brokeDown: true });
  new Journal(file, 'code').add(order(8), report(8));
  await appendFile(file, '{"code":"code","show":"prod');

  const journal = new Journal(file, 'code');

  expect(journal.find(order(7))).toBeUndefined();
  expect(journal.find(order(8))).toBeDefined();
  expect(journal.passedOver).toBe(0);
});

test('the story of a broken promise is kept', () => {
  const story = new Map([['+12125550123', ['leased', 'forgotten']]]);
  new Journal(file, 'code').add(order(7), { ...report(7), violations: ['an orphan'], story });

  expect(new Journal(file, 'code').find(order(7))).toMatchObject({ violations: ['an orphan'], story });
});

test('the code that seeds are played with has a name, which changes with each of its lines', async () => {
  for (const name of ['activities', 'contiguity', 'domain', 'simulation', 'simulator', 'worker', 'workflows'])
    await mkdir(join(folder, 'built', name), { recursive: true });
  const line = join(folder, 'built', 'workflows', 'lease-run.js');
  await writeFile(line, 'export const a = 1;\n');
  await cp(join(folder, 'built'), join(folder, 'copy'), { recursive: true });
  const name = await playedCode(join(folder, 'built'));
  await writeFile(line, 'export const a = 2;\n');

  expect(name).toMatch(/^[0-9a-f]{12}$/);
  expect(await playedCode(join(folder, 'copy'))).toBe(name);
  expect(await playedCode(join(folder, 'built'))).not.toBe(name);
});

function order(seed: number): Order {
  return { show: 'product', seed, lives: 10, profile: 'storm', guards: true };
}

function report(seed: number): SeedReport {
  const counts = { leases: 9, texts: 4, simulatedMs: 1, tookMs: 1, faults: {}, losses: NO_LOSSES };
  return { seed, violations: [], story: new Map(), ...counts };
}
