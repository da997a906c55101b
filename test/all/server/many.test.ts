import { expect, test } from 'vitest';
import type { ManyRequest } from '../../../client/index.js';
import { NAMES } from '../../../domain/contract.js';
import { manyId, provisionId } from '../../../domain/ids.js';
import { commandsOf } from '../../support/commands.js';
import { BRISK, DevWorld, devWorld, until } from '../../support/dev-world.js';
import { OwnServer } from '../../support/own-server.js';
import { Plan, ROUTE } from '../../support/plan.js';

const US = { criteria: { country: 'US', allowRequirements: [] }, ...BRISK };
/** Slow enough for somebody to step in. */
const SLOWLY = { phase: 'before', delayMs: 300 } as const;

const leasesOf = (world: DevWorld) => world.entries('leased');
const openNumbers = async (world: DevWorld) =>
  (await world.simulator.controls.ledger()).open.map(({ number }) => number).sort();

test('many numbers are leased under one reference, each as if it had been asked for by itself', async () => {
  const world = await devWorld();
  await world.work();
  const request: ManyRequest = { reference: 'many', count: 12, window: 5, labels: { tenant: 'a' }, ...US };
  const report = await world.leasehold.provisionMany(request);
  expect(report).toMatchObject({ state: 'done', counts: { leased: 12, failed: 0, notStarted: 0 } });
  expect(report.items.map(({ reference }) => reference)).toEqual(
    Array.from({ length: 12 }, (_, at) => `many-${at + 1}`),
  );
  const numbers = report.items.map(({ number }) => number ?? '');
  expect(numbers.toSorted()).toEqual(await openNumbers(world));
  expect(report.monthly).toEqual({ USD: await charged(world, 'month') });
  expect(report.upfront).toEqual({ USD: await charged(world, 'upfront') });

  const third = await world.leasehold.provision({ reference: 'many-3', labels: { tenant: 'a' }, ...US });
  expect(third.number).toBe(numbers[2]);
  expect(await third.status()).toMatchObject({ reference: 'many-3', labels: { tenant: 'a' } });
  expect(await world.leasehold.provisionMany({ ...request, window: 2 })).toEqual(report);
  expect(await leasesOf(world)).toHaveLength(12);
  const other = world.leasehold.provisionMany({ ...request, count: 13 });
  await expect(other).rejects.toMatchObject({ type: 'ReferenceMismatch', field: 'count' });
  const elsewhere = world.leasehold.provisionMany({ ...request, criteria: { country: 'CA' } });
  await expect(elsewhere).rejects.toMatchObject({ type: 'ReferenceMismatch', field: 'criteria' });
});

test('no more are under way than the window is wide, and it is used', async () => {
  const faults = new Plan().on(ROUTE.lease, SLOWLY, Infinity);
  const world = await devWorld({ faults });
  await world.work();
  const batch = await world.leasehold.startProvisionMany({ reference: 'w', count: 9, window: 3, ...US });
  const widths: number[] = [];
  const report = await until(
    'all are leased',
    async () => {
      const seen = await batch.progress();
      widths.push(seen.counts.underway);
      return seen;
    },
    ({ state }) => state === 'done',
  );
  expect(report.counts.leased).toBe(9);
  expect(Math.max(...widths)).toBe(3);
});

test('where there are too few numbers, some are leased and the others say why', async () => {
  const world = await devWorld({ inventorySize: 6 });
  await world.work();
  const request = { reference: 'few', count: 9, window: 1, stopAfterFailures: 2, ...BRISK };
  const criteria = { allowRequirements: [] };
  const report = await world.leasehold.provisionMany({ ...request, criteria });
  const { leased } = report.counts;
  expect(leased).toBe((await leasesOf(world)).length);
  expect(report.counts).toMatchObject({ failed: 2, notStarted: 9 - leased - 2 });
  expect(report.stopped).toEqual({ why: 'failures', message: '2 items failed' });
  expect(report.failures.map(({ item, failure }) => [item, failure.type])).toEqual([
    [leased + 1, 'NoNumberAvailable'],
    [leased + 2, 'NoNumberAvailable'],
  ]);
  expect(report.items[leased]).toEqual({
    reference: `few-${leased + 1}`,
    state: 'failed',
    failure: 'NoNumberAvailable',
  });
});

test('a budget is never passed, and a larger one lets the same batch go on', async () => {
  const world = await devWorld();
  await world.work();
  const limits = { currency: 'USD', maxMonthlyRate: 5, maxUpfrontFee: 5 };
  const request = { reference: 'b', count: 10, window: 4, limits, ...US };
  const first = await world.leasehold.provisionMany({ ...request, budget: { maxMonthly: 12 } });
  const spent = await charged(world, 'month');
  expect(first.monthly).toEqual({ USD: spent });
  expect(spent).toBeLessThanOrEqual(12);
  expect(spent + 5).toBeGreaterThan(12);
  expect(first.stopped).toMatchObject({ why: 'budget' });
  expect(first.counts).toMatchObject({ failed: 0, notStarted: 10 - first.counts.leased });

  const all = await world.leasehold.provisionMany({ ...request, budget: { maxUpfront: 500 } });
  expect(all.counts.leased).toBe(10);
  expect(all.monthly).toEqual({ USD: await charged(world, 'month') });
  expect(all.items.slice(0, first.counts.leased)).toEqual(first.items.slice(0, first.counts.leased));
});

test('an account at its limit ends the batch, with the figures of the limit', async () => {
  const world = await devWorld({ limits: { account: { maxLeases: 3 } } });
  await world.work();
  const report = await world.leasehold.provisionMany({ reference: 'l', count: 20, window: 2, ...US });
  expect(report.counts).toMatchObject({ leased: 3, underway: 0 });
  expect(report.counts.notStarted).toBeGreaterThanOrEqual(15);
  expect(report.stopped).toMatchObject({
    why: 'refused',
    failure: { type: 'LimitExceeded', limit: { scope: 'account', kind: 'leases', most: 3 } },
  });
  expect(await leasesOf(world)).toHaveLength(3);
});

test('a cancelled batch keeps what is leased, gives back what is not, and goes on when asked again', async () => {
  const faults = new Plan().on(ROUTE.lease, SLOWLY, Infinity);
  const world = await devWorld({ faults });
  await world.work();
  const request = { reference: 'c', count: 8, window: 2, ...US };
  const batch = await world.leasehold.startProvisionMany(request);
  await until(
    'some are leased',
    () => batch.progress(),
    ({ counts }) => counts.leased >= 2,
  );
  await batch.cancel();
  const report = await batch.result();
  expect(report).toMatchObject({ state: 'done', stopped: { why: 'cancelled' }, counts: { underway: 0 } });
  const { leased, cancelled, notStarted } = report.counts;
  expect(leased).toBeGreaterThanOrEqual(2);
  expect(leased + cancelled + notStarted).toBe(8);
  const kept = report.items.flatMap(({ number }) => number ?? []).sort();
  await until(
    'the others are given back',
    () => openNumbers(world),
    (open) => open.join() === kept.join(),
  );

  faults.clear();
  const again = await world.leasehold.provisionMany(request);
  expect(again.counts).toMatchObject({ leased: 8 });
  for (const [at, { state, number }] of report.items.entries()) {
    if (state === 'leased') expect(again.items[at]?.number).toBe(number);
  }
  expect(await openNumbers(world)).toHaveLength(8);
});

// Here and not on the time-skipping server, which writes the end of a cancelled child into the middle of a task.
test('one that is cancelled before its items are leased ends with no number', async () => {
  const faults = new Plan().on(ROUTE.find, { phase: 'before', status: 503 }, Infinity);
  const world = await devWorld({ faults });
  await world.work();
  const batch = await world.leasehold.startProvisionMany({ reference: 'c', count: 9, window: 4, ...US });
  await until(
    'they look for numbers',
    () => batch.progress(),
    ({ counts }) => counts.underway === 4,
  );
  await batch.cancel();
  expect(await batch.result()).toMatchObject({
    state: 'done',
    counts: { cancelled: 4, notStarted: 5, leased: 0 },
    stopped: { why: 'cancelled' },
  });
  const item = await world.client.workflow.getHandle(provisionId('c-1')).describe();
  expect(item.status.name).toBe('CANCELLED');
  expect(world.simulator.controls.calls()[ROUTE.lease]).toBeUndefined();
});

test('a batch whose run was killed finds its items again, those under way included', async () => {
  const faults = new Plan().on(ROUTE.lease, SLOWLY, Infinity);
  const world = await devWorld({ faults });
  await world.work();
  const request = { reference: 'k', count: 8, window: 3, ...US };
  const batch = await world.leasehold.startProvisionMany(request);
  await until(
    'some are leased',
    () => batch.progress(),
    ({ counts }) => counts.leased >= 2,
  );
  await world.client.workflow.getHandle(manyId('k')).terminate('by hand');
  await expect(batch.result()).rejects.toMatchObject({ type: 'RunKilled' });
  const report = await world.leasehold.provisionMany(request);
  expect(report.counts).toMatchObject({ leased: 8, failed: 0 });
  expect(await leasesOf(world)).toHaveLength(8);
});

test('a long batch goes on in new runs, with items under way', async () => {
  const server = await OwnServer.start(['limit.historyCount.suggestContinueAsNew=40']);
  try {
    const faults = new Plan().on(ROUTE.lease, SLOWLY, Infinity);
    const world = await DevWorld.open({ faults, address: server.address });
    await world.work();
    const report = await world.leasehold.provisionMany({ reference: 'long', count: 14, window: 4, ...US });
    expect(report.counts).toMatchObject({ leased: 14, failed: 0 });
    expect(await leasesOf(world)).toHaveLength(14);
    const runs = (await world.allRuns()).filter(({ workflowId }) => workflowId === manyId('long'));
    expect(runs.length).toBeGreaterThan(1);
    await world.close();
  } finally {
    await server.stop();
  }
});

const WRONG: [string, object, string][] = [
  ['no count', { count: undefined }, 'count'],
  ['a count of 0', { count: 0 }, 'count'],
  ['a count too big', { count: 10_001 }, 'count'],
  ['half a number', { count: 1.5 }, 'count'],
  ['a window of 0', { window: 0 }, 'window'],
  ['a window too wide', { window: 101 }, 'window'],
  ['no failures allowed', { stopAfterFailures: 0 }, 'stopAfterFailures'],
  ['one number by name', { number: '+14155550123' }, 'number'],
  ['a reference too long for its items', { reference: 'r'.repeat(199) }, 'reference'],
  ['an unknown field', { widow: 3 }, 'widow'],
  ['a wrong field of a provision', { criteria: { country: 'ZZ' } }, 'criteria.country'],
  ['a budget without limits', { budget: { maxMonthly: 5 } }, 'limits.maxMonthlyRate'],
  ['an empty budget', { budget: {} }, 'budget'],
  [
    'a budget below one number',
    { limits: { currency: 'USD', maxMonthlyRate: 9 }, budget: { maxMonthly: 5 } },
    'budget.maxMonthly',
  ],
  ['an end in the past', { until: '2020-01-01T00:00:00Z' }, 'until'],
  [
    'texts too long to be given to many',
    { messages: [1, 2, 3, 4].map((id) => ({ id: `${id}`, to: '+12025550123', message: 'x'.repeat(5_000) })) },
    'messages',
  ],
];

test('a request that cannot be meant names its field and changes nothing, whoever asks', async () => {
  const world = await devWorld();
  await world.work();
  for (const [name, wrong, field] of WRONG) {
    const request = { reference: 'wrong', count: 3, ...wrong } as ManyRequest;
    const refused = { type: 'InvalidRequest', field };
    await expect(world.leasehold.provisionMany(request), name).rejects.toMatchObject(refused);
    const options = {
      workflowId: manyId(name),
      taskQueue: world.taskQueue,
      args: [request] as [ManyRequest],
    };
    const plain = world.client.workflow.execute(NAMES.provisionMany, options);
    await expect(plain, name).rejects.toMatchObject({ cause: { type: 'InvalidRequest' } });
  }
  expect((await world.allRuns()).filter(({ type }) => type !== NAMES.provisionMany)).toEqual([]);
  expect(world.simulator.controls.calls()).toEqual({});
});

test('by command: progress, a table, JSON, and an exit code that tells what is missing', async () => {
  const world = await devWorld({ inventorySize: 40 });
  await world.work();
  const { run, json } = commandsOf(world);
  const brisk = ['--settle-window', '1s', '--country', 'US'];
  const first = await run('provision', 'shop', '--count', '3', '--window', '2', ...brisk);
  expect(first).toMatchObject({ code: 0 });
  expect(first.out).toMatch(/shop-1 .*leased.*\+1\d{10}/);
  expect(first.out).toMatch(/3 of 3 leased\. Cost: \d+\.\d\d USD a month, \d+\.\d\d USD upfront\./);
  expect(first.err).toContain('Leasing for shop');
  const again = await json<{ counts: object; items: unknown[] }>(
    'provision',
    'shop',
    '--count',
    '3',
    ...brisk,
  );
  expect(again).toMatchObject({ counts: { leased: 3 }, state: 'done' });
  expect(await json('batch', 'shop')).toMatchObject({ counts: { leased: 3 } });

  const many = ['provision', 'more', '--count', '60', '--stop-after-failures', '1', ...brisk];
  const some = await run(...many);
  expect(some.code).toBe(1);
  expect(some.err).toMatch(/\d+ numbers are not leased/);
  expect(some.out).toMatch(/Stopped \((failures|refused)\): .*\.\nThe same command again goes on/);
  expect(await run('batch', 'more', '--wait')).toMatchObject({ code: 1 });
  expect(await run('batch', 'more', '--cancel')).toMatchObject({ code: 0 });

  expect((await run('provision', 'x', '--count', '0')).err).toMatch(
    /count must be .* from 1 to 10000, got 0/,
  );
  expect(await run('provision', 'x', '--count', '3', '--window', '0')).toMatchObject({ code: 2 });
  expect((await run('provision', 'x', '--window', '3')).err).toMatch(/go with --count/);
  expect((await run('batch', 'nobody')).err).toMatch(/no batch has the reference "nobody"/);
  const started = await json<{ reference: string }>(
    'provision',
    'shop',
    '--count',
    '3',
    '--no-wait',
    ...brisk,
  );
  expect(started.reference).toBe('shop');
});

/** What the vendor has charged for it, in whole units. */
async function charged(world: DevWorld, what: 'month' | 'upfront'): Promise<number> {
  const charges = (await world.entries('charge')).filter((charge) => charge.what === what);
  return Math.round(charges.reduce((sum, { amount }) => sum + amount, 0) * 100) / 100;
}
