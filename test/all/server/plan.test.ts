import { expect, test } from 'vitest';
import type { AdoptReport } from '../../../domain/adoption.js';
import { plusMonths } from '../../../domain/billing-months.js';
import { NAMES, type ProvisionStatus } from '../../../domain/contract.js';
import { provisionId } from '../../../domain/ids.js';
import type { ExtendPlan, ProvisionPlan, TerminatePlan } from '../../../domain/plans.js';
import { BRISK, devWorld, type DevWorld } from '../../support/dev-world.js';
import { commandsOf } from '../../support/commands.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Workflows that lease, own or count something. */
const OWNERS = new Set(['provisionLease', 'manageLease', 'spendingBook']);

/** What the vendor has seen, and every run that owns something, with the length of its history. */
async function stateOf(world: DevWorld) {
  const ledger = await world.simulator.controls.ledger();
  const owners = (await world.allRuns()).filter(({ type }) => OWNERS.has(type));
  const lengths = owners.map(async ({ workflowId, runId }) => {
    const { historyLength } = await world.client.workflow.getHandle(workflowId, runId).describe();
    return `${workflowId} ${runId}: ${historyLength} events`;
  });
  return { ledger, owners: (await Promise.all(lengths)).sort() };
}

/** What a command says at last: its progress stands before it, and a value that differs (now) behind it. */
function lastWord(err: string): string {
  return err.trim().split('\n').at(-1)?.split('(now is')[0] ?? '';
}

/** The work must leave everything as it is, at the vendor and in the runs. */
async function unchanged<T>(world: DevWorld, work: () => Promise<T>): Promise<T> {
  const before = await stateOf(world);
  const done = await work();
  expect(await stateOf(world)).toEqual(before);
  return done;
}

test('a provision takes the very number that its plan told, at that cost, and in that order', async () => {
  const limits = { account: { currency: 'USD', maxLeases: 2, maxMonthly: 50 } };
  const world = await devWorld({ limits });
  await world.work();
  const { run, json } = commandsOf(world);
  const asked = ['--country', 'US', '--term', '70 days', '--settle-window', '1s'];

  const plan = await unchanged(world, () => json<ProvisionPlan>('provision', 'a', ...asked, '--dry-run'));
  expect(plan).toMatchObject({ act: 'lease', room: { counted: 'open leases' } });
  expect(plan.candidates[0]).toMatchObject({ number: plan.number, plan: 'take', requirements: [] });
  expect(plan.candidates[1]).toMatchObject({ plan: 'spare' });
  const { upfrontFee, monthlyRate, currency } = plan.candidates[0]!.price!;
  const total = Math.round(100 * (upfrontFee + 3 * monthlyRate)) / 100;
  expect(plan.cost).toMatchObject({ currency, upfrontFee, monthlyRate, untilEnd: { months: 3, total } });
  expect(plan.cost?.now).toBeCloseTo(upfrontFee + monthlyRate);
  const [account] = plan.room?.scopes ?? [];
  expect(account).toMatchObject({ now: { leases: 0, maxLeases: 2 }, left: { leases: 1 } });
  expect(account?.left.monthly).toBeCloseTo(50 - monthlyRate);

  const words = await unchanged(world, () => run('provision', 'a', ...asked, '--dry-run'));
  expect(words.out).toContain(`${plan.number} would be leased until`);
  expect(words.out).toMatch(/account .* 0 of 2, then 1 left/);

  const leased = await json<{ number: string }>('provision', 'a', ...asked);
  expect(leased.number).toBe(plan.number);
  const charged = (await world.entries('charge')).map(({ amount }) => amount);
  expect(charged.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(plan.cost!.now);

  const again = await unchanged(world, () => world.leasehold.planProvision({ reference: 'b', ...BRISK }));
  expect(again.room).toMatchObject({
    counted: 'book',
    scopes: [{ now: { leases: 1 }, left: { leases: 0 } }],
  });
  expect(again.candidates.map(({ number }) => number)).not.toContain(plan.number);
});

test('a reference that is in use says so, and what it holds', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const { number, leaseId } = await json<{ number: string; leaseId: string }>('provision', 'used');
  const same = await unchanged(world, () => json<ProvisionPlan>('provision', 'used', '--dry-run'));
  expect(same).toEqual({ reference: 'used', act: 'answer', number, leaseId, candidates: [] });
  const other = ['provision', 'used', '--country', 'US'];
  const planned = await unchanged(world, () => run(...other, '--dry-run'));
  const real = await run(...other);
  expect(planned.code).toBe(real.code);
  expect(lastWord(planned.err)).toBe(lastWord(real.err));
  expect(planned.err).toMatch(/its criteria differs \[ReferenceMismatch\]/);
});

test('what stands in the way is told: limits, entitlements, requirements, the runs of others', async () => {
  const limits = { account: { maxLeases: 1 }, labels: { tenant: { '*': { maxLeases: 0 } } } };
  const world = await devWorld({ limits });
  await world.work();
  const { run } = commandsOf(world);
  const { leasehold } = world;
  const forTenant = await unchanged(world, () =>
    leasehold.planProvision({ reference: 'tenant', labels: { tenant: 'acme' } }),
  );
  const none = { scope: 'tenant=acme', kind: 'leases', used: 0, asked: 1, most: 0 };
  expect(forTenant).toMatchObject({ act: 'fail', failure: { type: 'LimitExceeded', limit: none } });

  world.simulator.controls.setEntitlement('lease', false);
  const barred = await unchanged(world, () => run('provision', 'barred', '--dry-run'));
  expect(barred).toMatchObject({ code: 1 });
  expect(barred.err).toMatch(/the entitlement lease is available, not granted \[AccountRestricted\]/);
  expect(barred.out).toContain('Entitlements not granted: lease (available)');
  await expect(leasehold.provision({ reference: 'barred', ...BRISK })).rejects.toMatchObject({
    type: 'AccountRestricted',
  });
  world.simulator.controls.setEntitlement('lease', true);
  // The run of the number that was refused stays until no copy of the lease call can act.
  const provision = world.client.workflow.getHandle(provisionId('barred'));
  const { candidates } = await provision.query<ProvisionStatus>(NAMES.status);
  await world.run(candidates[0]!.number).result();

  const whatsapp = { criteria: { channels: ['whatsapp'] } };
  const needy = await unchanged(world, () => leasehold.planProvision({ reference: 'needy', ...whatsapp }));
  const refused = needy.candidates.filter(({ plan }) => plan === 'refused');
  for (const { requirements, failure } of refused) {
    expect(requirements).toContainEqual({ name: 'whatsapp_entitlement_required', met: false });
    expect(failure?.type).toBe('AccountRestricted');
  }

  const { number } = await leasehold.provision({ reference: 'first', ...BRISK });
  const full = await unchanged(world, () => run('provision', 'second', '--dry-run', '--json'));
  expect(JSON.parse(full.out)).toMatchObject({ act: 'fail', failure: { limit: { used: 1, most: 1 } } });
  expect(full).toMatchObject({ code: 1 });
  const taken = await unchanged(world, () => run('provision', 'third', '--number', number, '--dry-run'));
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining('leases it already') as string });
});

test('the plan of a termination tells what is lost and what forbids it', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const lease = await world.leasehold.provision({ reference: 'a', term: '1 day', grace: '2h', ...BRISK });
  const { number, leaseId, billing } = lease;
  const plan = await unchanged(world, () => json<TerminatePlan>('terminate', number, '--dry-run'));
  expect(plan).toMatchObject({ act: 'terminate', number, leaseId, reference: 'a', state: 'grace' });
  expect(plan).toMatchObject({ graceMs: 2 * HOUR_MS, protected: false, textsWaiting: 0 });
  const start = Date.parse(billing.period.start);
  const { monthlyRate, currency } = billing.price!;
  const until = new Date(plusMonths(start, 1)).toISOString();
  expect(plan.paid).toMatchObject({ currency, amount: monthlyRate, until });
  expect(plan.lost).toBeGreaterThan(0.9 * monthlyRate);
  expect(plan.lost).toBeLessThanOrEqual(monthlyRate);

  const atOnce = await unchanged(world, () => run('terminate', number, '--grace', 'none', '--dry-run'));
  expect(atOnce.out).toMatch(/Goes back .* at once, and cannot be undone/);
  const long = await lease.planTerminate({ grace: '40 days' });
  expect(long.further).toEqual({ months: 1, amount: monthlyRate });
  const wrong = await unchanged(world, () => run('terminate', number, '--grace', 'soon', '--dry-run'));
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('grace must be') as string });

  await lease.protect();
  const barred = await unchanged(world, () => run('terminate', number, '--dry-run'));
  expect(barred).toMatchObject({ code: 1, err: (await run('terminate', number)).err });
  expect(barred.err).toContain('LeaseProtected');
  await lease.protect(false);

  const { releasesAt } = await lease.terminate();
  const inGrace = await unchanged(world, () => json<TerminatePlan>('terminate', number, '--dry-run'));
  expect(inGrace).toMatchObject({ act: 'terminate', state: 'grace', releasesAt });
  await lease.terminate({ grace: 'none' });
  await lease.released();
  expect(await json<TerminatePlan>('terminate', number, '--dry-run')).toMatchObject({ act: 'nothing' });
});

test('an extension gives the deadline that its plan told, and the plan tells its cost', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const lease = await world.leasehold.provision({ reference: 'a', term: '10 days', ...BRISK });
  const { number, billing } = lease;
  const extend = ['extend', number, '--term', '60 days'];
  const plan = await unchanged(world, () => json<ExtendPlan>(...extend, '--dry-run'));
  const { monthlyRate, currency } = billing.price!;
  expect(plan.cost).toEqual({ currency, months: 2, amount: Math.round(200 * monthlyRate) / 100 });
  expect(Date.parse(plan.to!) - Date.parse(plan.from!)).toBe(60 * DAY_MS);
  const zoned = '2031-03-30T02:30[Europe/Berlin]';
  expect(await lease.planExtend({ until: zoned })).toMatchObject({ to: '2031-03-30T01:30:00.000Z' });
  const byPeriod = await lease.planExtend({ until: 'billing-period-end' });
  expect(byPeriod).toMatchObject({ act: 'extend', cost: { months: 0, amount: 0 } });
  const words = await unchanged(world, () => run(...extend, '--dry-run'));
  expect(words.out).toContain('2 months more');
  expect(await json<{ expiresAt: string }>(...extend)).toMatchObject({ expiresAt: plan.to });
  expect(await lease.extend({ until: 'billing-period-end' })).toEqual({ expiresAt: byPeriod.to });
  await lease.terminate();
  const late = await run(...extend, '--dry-run');
  expect(late).toMatchObject({ code: 1, err: expect.stringContaining('LeaseNotActive') as string });
});

test('the plan of an adoption tells which numbers, what they cost, and which are refused', async () => {
  const world = await devWorld();
  await world.work();
  const { run } = commandsOf(world);
  const [byHand = '', free = ''] = await world.available();
  await world.simulator.controls.leaseByHand(byHand);
  const adopt = ['adopt', byHand, free, '--term', '30 days', '--dry-run'];
  const said = await unchanged(world, () => run(...adopt, '--json'));
  expect(said).toMatchObject({ code: 1 });
  const { counts, numbers, monthly } = JSON.parse(said.out) as AdoptReport;
  expect(counts).toMatchObject({ adoptable: 1, refused: 1, adopted: 0 });
  const [one] = numbers.filter(({ number }) => number === byHand);
  const { price, paidUntil, expiresAt } = one!.plan!;
  expect(monthly).toEqual({ [price!.currency]: price!.monthlyRate });
  expect(Date.parse(paidUntil!)).toBeGreaterThan(Date.now());
  expect(Date.parse(expiresAt!)).toBeGreaterThan(Date.now() + 29 * DAY_MS);
  const again = await unchanged(world, () => world.leasehold.planAdopt({ all: true }));
  expect(again.numbers).toMatchObject([{ number: byHand, outcome: 'adoptable' }]);
});

test('bad input has the same exit code with and without --dry-run; a plan needs no --live', async () => {
  const world = await devWorld();
  await world.work();
  const { run } = commandsOf(world);
  const wrong = [
    ['provision'],
    ['provision', 'x', '--number', '555'],
    ['provision', 'x', '--until', '2020-01-01T00:00:00Z'],
    ['extend', '+14155550123'],
    ['extend', '+14155550123', '--term', '1 day'],
    ['extend', '555', '--term', '1 day'],
    ['terminate', '555'],
    ['terminate', '+14155550123'],
    ['adopt', '555'],
  ];
  await unchanged(world, async () => {
    for (const args of wrong) {
      const real = await run(...args);
      const { code, err } = await run(...args, '--dry-run');
      expect({ args, code, said: lastWord(err) }).toEqual({
        args,
        code: real.code,
        said: lastWord(real.err),
      });
      expect(code).toBeGreaterThan(0);
    }
  });
  const atRealApi = commandsOf({ env: { ...world.env, CONTIGUITY_BASE_URL: '' } });
  expect(await atRealApi.run('provision', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--live') as string,
  });
  expect(await atRealApi.run('provision', 'x', '--dry-run')).toMatchObject({ code: 0 });
});
