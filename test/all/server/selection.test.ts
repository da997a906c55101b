import { expect, test } from 'vitest';
import { runCommandLine } from '../../../client/cli/program.js';
import type { BulkPlan, BulkReport } from '../../../client/index.js';
import type { ExtendAnswer, TerminateAnswer } from '../../../domain/contract.js';
import type { TerminatePlan } from '../../../domain/plans.js';
import { commandsOf } from '../../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';

const US = { criteria: { country: 'US', allowRequirements: [] }, ...BRISK };

/** Leases of two tenants, one of them protected, once Temporal lists them. */
async function twoTenants(): Promise<{ world: DevWorld; monthly: number; numbers: string[] }> {
  const world = await devWorld();
  await world.work();
  const { leasehold } = world;
  const acme = { labels: { tenant: 'acme' }, term: '30 days', ...US };
  const batch = await leasehold.provisionMany({ reference: 'a', count: 4, ...acme });
  await leasehold.provision({ reference: 'kept', protected: true, ...acme });
  await leasehold.provision({ reference: 'other', labels: { tenant: 'umbrella' }, ...US });
  await until(
    'they are listed as active',
    () => leasehold.select({ query: `LeaseState = 'active'` }),
    ({ leases }) => leases.length === 6,
  );
  return {
    world,
    monthly: batch.monthly['USD'] ?? 0,
    numbers: batch.items.flatMap(({ number }) => number ?? []).sort(),
  };
}

test('all leases of a label are given back: the plan says how much, a protected one stays', async () => {
  const { world, monthly, numbers } = await twoTenants();
  const selection = await world.leasehold.select({ labels: { tenant: 'acme' } });
  const plan = await selection.planTerminate();
  expect(plan).toMatchObject({ count: 5, refused: 1, monthly: { USD: monthly } });
  expect(plan.money['USD']).toBeGreaterThan(0);
  expect(plan.leases.find(({ reference }) => reference === 'kept')?.failure?.type).toBe('LeaseProtected');
  expect(await world.entries('terminate-requested')).toEqual([]);

  const seen: number[] = [];
  const report = await selection.terminate({ reason: 'over' }, { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  expect(report.counts).toEqual({ done: 4, refused: 1 });
  const refused = report.leases.filter(({ outcome }) => outcome === 'refused');
  expect(refused).toMatchObject([{ reference: 'kept', failure: { type: 'LeaseProtected' } }]);
  for (const number of numbers) expect((await world.run(number).result()).reason).toBe('over');
  const { open } = await world.simulator.controls.ledger();
  expect(open).toHaveLength(2);

  // The selection stays with these leases: a number that somebody else has by now is not touched.
  const [again = ''] = numbers;
  const next = await world.leasehold.provision({ reference: 'next', number: again, ...BRISK });
  expect((await selection.terminate()).leases.find(({ number }) => number === again)?.answer).toEqual({
    state: 'released',
  });
  expect(await next.status()).toMatchObject({ state: 'active', reference: 'next' });
});

test('by command: it says what is lost, asks, and does nothing without a yes', async () => {
  const { world, monthly } = await twoTenants();
  const { run, json } = commandsOf(world);
  const acme = ['--label', 'tenant=acme'];
  const unasked = await run('terminate', ...acme);
  expect(unasked).toMatchObject({ code: 2, out: '' });
  expect(unasked.err).toContain(
    `To be given back: 4 leases, ${monthly.toFixed(2)} USD a month; lost of what is`,
  );
  expect(unasked.err).toContain('1 more would not be given back.');
  expect(unasked.err).toMatch(/Give --yes to do so unasked/);

  const asked: string[] = [];
  const answering = (answer: boolean) => ({
    env: world.env,
    out: () => undefined,
    err: () => undefined,
    live: false,
    ask: (question: string) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  });
  expect(await runCommandLine(['terminate', ...acme], answering(false))).toBe(2);
  expect(asked).toEqual(['Give back all of them?']);
  const plan = await json<BulkPlan<TerminatePlan>>('terminate', ...acme, '--dry-run');
  expect(plan).toMatchObject({ count: 5, refused: 1 });
  expect(await world.entries('terminate-requested')).toEqual([]);

  const until2030 = ['--until', '2030-01-01T00:00:00Z', '--query', `LeaseReference STARTS_WITH 'a-'`];
  const longer = await json<BulkReport<ExtendAnswer>>('extend', ...until2030, '--yes');
  expect(longer.counts).toEqual({ done: 4, refused: 0 });
  for (const { answer } of longer.leases) expect(answer?.expiresAt).toBe('2030-01-01T00:00:00.000Z');
  expect((await run('extend', ...until2030)).code).toBe(2);

  expect(await runCommandLine(['terminate', ...acme], answering(true))).toBe(1); // the protected one
  const rest = await json<BulkReport<TerminateAnswer>>(
    'terminate',
    '--query',
    `LeaseReference = 'other'`,
    '--yes',
  );
  expect(rest.counts).toEqual({ done: 1, refused: 0 });
  expect((await run('terminate', '--label', 'tenant=nobody', '--yes')).out).toContain('No open lease fits.');
});

test('a selection that cannot be meant is refused, and touches nothing', async () => {
  const world = await devWorld();
  await world.work();
  await world.leasehold.provision({ reference: 'r', ...US });
  const { run } = commandsOf(world);
  await expect(world.leasehold.select({})).rejects.toMatchObject({ type: 'InvalidRequest', field: 'labels' });
  for (const query of ['LeaseState =', `NoSuchAttribute = 'x'`]) {
    const refused = { type: 'InvalidRequest', field: 'query' };
    await expect(world.leasehold.select({ query }), query).rejects.toMatchObject(refused);
  }
  const sly = await world.leasehold.select({
    query: `LeaseReference = 'x') OR (WorkflowType = 'provisionLease'`,
  });
  expect(sly.leases).toEqual([]);
  expect((await run('terminate')).err).toMatch(/name a number, or give --label or --query/);
  expect(await run('terminate', '+14155550123', '--label', 'a=b')).toMatchObject({ code: 2 });
  expect((await run('terminate', '+14155550123', '--yes')).err).toMatch(/--yes goes with/);
  expect((await run('terminate', '--label', 'a=b', '--wait', '--yes')).err).toMatch(
    /--wait is for one number/,
  );
  expect(await run('extend', '--label', 'a=b', '--term', 'soon', '--yes')).toMatchObject({ code: 2 });
  expect((await world.simulator.controls.ledger()).open).toHaveLength(1);
  expect(await world.entries('terminate-requested')).toEqual([]);
});
