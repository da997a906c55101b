import { expect } from 'vitest';
import { PERIOD_END_MARGIN_MS } from '../../../domain/billing-period.js';
import {
  NAMES,
  type LeaseState,
  type ProvisionRequest,
  type RenewAnswer,
  type RestoreAnswer,
} from '../../../domain/contract.js';
import { leaseId } from '../../../domain/ids.js';
import { LEASE_HEALTH, LEASE_STATE } from '../../../domain/search-attributes.js';
import { test } from '../../support/fixture.js';
import { failureOf, type LeaseHandle, type World } from '../../support/harness.js';
import { ROUTE } from '../../support/plan.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const protect = (lease: LeaseHandle, on: boolean) => lease.update(NAMES.protect, { protected: on });
const renew = (lease: LeaseHandle, auto: boolean) => lease.update<RenewAnswer>(NAMES.renew, { auto });
const expiryOf = async (lease: LeaseHandle) => Date.parse((await lease.status()).expiresAt!);
const stateOf = async (lease: LeaseHandle): Promise<LeaseState> => (await lease.status()).state;

async function listedState(world: World, lease: LeaseHandle): Promise<string | undefined> {
  const run = await world.server.client.workflow.getHandle(leaseId(lease.number)).describe();
  return run.typedSearchAttributes.get(LEASE_STATE);
}

async function leased(world: World, request: Omit<ProvisionRequest, 'reference'>): Promise<LeaseHandle> {
  await world.work();
  return world.leased({ reference: 'r', ...request });
}

test('a protected lease is not terminated until the protection is lifted', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { protected: true });
  expect((await lease.status()).protected).toBe(true);
  const refused = await failureOf(lease.terminate());
  expect(refused.type).toBe('LeaseProtected');
  expect(refused.message).toContain(`leasehold protect ${lease.number} --off`);
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
  expect(await protect(lease, false)).toEqual({ protected: false });
  expect((await lease.status()).protected).toBeUndefined();
  await protect(lease, true);
  expect((await failureOf(lease.terminate())).type).toBe('LeaseProtected');
  await protect(lease, false);
  await lease.terminate('enough');
  expect((await lease.result()).reason).toBe('enough');
  const wrong = [{}, { protected: 'no' }, { off: true }, null];
  const other = await world.leased({ reference: 'other' });
  for (const request of wrong)
    expect((await failureOf(other.update(NAMES.protect, request))).type).toBe('InvalidRequest');
});

test('a cancel gives a protected number back', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { protected: true });
  await lease.handle.cancel();
  expect((await lease.result()).reason).toBe('cancelled');
});

test('a protected lease outlives its deadline, says so, and expires when the protection is lifted', async ({
  open,
}) => {
  const world = await open();
  const lease = await leased(world, { protected: true, term: '10h' });
  await world.server.sleep(100 * HOUR_MS);
  const overdue = await lease.status();
  expect(overdue.state).toBe('attention');
  expect(overdue.attention?.message).toContain('expired');
  expect(overdue.attention?.message).toContain('protected');
  expect((await lease.send({ id: 'm1', to: '+12025550123', message: 'Hello' })).outcome).toBe('sent');
  await lease.extend({ until: new Date((await world.server.now()) + 10 * HOUR_MS).toISOString() });
  expect(await stateOf(lease)).toBe('active');
  await world.server.sleep(11 * HOUR_MS);
  expect(await stateOf(lease)).toBe('attention');
  await protect(lease, false);
  expect((await lease.result()).reason).toBe('expired');
});

test('before its deadline a lease warns; an extension takes the warning back', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { term: '10 days', warnBefore: '2 days' });
  const { expiresAt, nextWake } = await lease.status();
  expect(Date.parse(expiresAt!) - Date.parse(nextWake!.at)).toBe(2 * DAY_MS);
  await world.server.sleep(8 * DAY_MS - HOUR_MS);
  expect(await stateOf(lease)).toBe('active');
  await world.server.sleep(2 * HOUR_MS);
  const expiring = await lease.status();
  expect(expiring).toMatchObject({ state: 'expiring', expiresAt, nextWake: { at: expiresAt } });
  expect(expiring.log.at(-1)!.text).toContain('about to expire');
  expect(await listedState(world, lease)).toBe('expiring');

  await lease.extend({ term: '1 day' }); // 3 days less an hour are left
  expect([await stateOf(lease), await listedState(world, lease)]).toEqual(['active', 'active']);
  await world.server.sleep(DAY_MS);
  expect(await stateOf(lease)).toBe('expiring');
  expect((await lease.result()).reason).toBe('expired');
});

test('a lease that renews itself does not warn; once it does not any more, it does at once', async ({
  open,
}) => {
  const world = await open();
  const lease = await leased(world, { term: '10h', warnBefore: '2h', autoRenew: true });
  const first = await expiryOf(lease);
  expect((await lease.status()).autoRenew).toBe(true);
  await world.server.sleep(9 * HOUR_MS);
  expect(await stateOf(lease)).toBe('active');
  await world.server.sleep(2 * HOUR_MS);
  expect(await expiryOf(lease)).toBe(first + 10 * HOUR_MS);
  await world.server.sleep(40 * HOUR_MS);
  expect(await expiryOf(lease)).toBe(first + 50 * HOUR_MS);
  await world.server.sleep(8 * HOUR_MS);
  const off = await renew(lease, false);
  expect(off).toEqual({ auto: false, expiresAt: new Date(first + 50 * HOUR_MS).toISOString() });
  await world.soon('it warns', async () => (await stateOf(lease)) === 'expiring');
  await renew(lease, true);
  expect(await stateOf(lease)).toBe('active');
  await renew(lease, false);
  expect((await lease.result()).reason).toBe('expired');
});

test('renewing needs something to renew by', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, {});
  expect(await failureOf(renew(lease, true))).toMatchObject({ type: 'InvalidRequest', field: 'auto' });
  expect(await renew(lease, false)).toEqual({ auto: false });
  const { expiresAt } = await lease.extend({ until: 'billing-period-end' });
  expect(await renew(lease, true)).toEqual({ auto: true, expiresAt });
});

test('until the end of the billing period: no month more is charged', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { until: 'billing-period-end' });
  const { billing, expiresAt } = await lease.status();
  const start = new Date(billing!.period.start);
  const end = new Date(start);
  end.setUTCMonth(start.getUTCMonth() + 1);
  expect(Date.parse(expiresAt!)).toBe(end.getTime() - PERIOD_END_MARGIN_MS);
  expect((await lease.result()).reason).toBe('expired');
  expect(await monthsCharged(world)).toBe(1);
});

test('the grace period comes before the end of the billing period, not after it', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { until: 'billing-period-end', grace: '2 days' });
  await world.later('its end', 12 * HOUR_MS, async () => (await stateOf(lease)) === 'grace');
  expect((await lease.result()).reason).toBe('expired');
  expect(await monthsCharged(world)).toBe(1);
});

test('renewed by billing periods, each month is charged once until it is not renewed', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { until: 'billing-period-end', autoRenew: true });
  await world.later('two renewals', 2 * DAY_MS, async () => {
    const { log } = await lease.status();
    return log.filter(({ text }) => text.startsWith('renewed')).length === 2;
  });
  await renew(lease, false);
  await lease.result();
  expect(await monthsCharged(world)).toBe(3);
});

test('a lease is extended to the end of its billing period, or to a wall-clock time in a zone', async ({
  open,
}) => {
  const world = await open();
  const lease = await leased(world, { term: '1h' });
  const now = await world.server.now();
  const { expiresAt } = await lease.extend({ until: 'billing-period-end' });
  expect(Date.parse(expiresAt) - now).toBeGreaterThan(27 * DAY_MS);
  const year = new Date(now).getUTCFullYear() + 1;
  const zoned = `${year}-07-01T12:00[Asia/Kolkata]`;
  expect(await lease.extend({ until: zoned })).toEqual({ expiresAt: `${year}-07-01T06:30:00.000Z` });
  const wrong: [string, RegExp][] = [
    ['2099-07-01T12:00[Mars/Base]', /time zone of the IANA database/],
    ['2099-02-30T12:00[Asia/Kolkata]', /date and time that exist/],
    ['2001-07-01T12:00[Asia/Kolkata]', /in the future/],
    ['2099-07-01T12:00', /wall-clock/],
  ];
  for (const [until, words] of wrong) {
    const failure = await failureOf(lease.extend({ until }));
    expect(failure).toMatchObject({ type: 'InvalidRequest', field: 'until' });
    expect(failure.message).toMatch(words);
  }
  expect((await lease.status()).expiresAt).toBe(`${year}-07-01T06:30:00.000Z`);
});

test('wall-clock ends hold across clock changes in four zones, from a program that checked nothing', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const ends: [string, string][] = [
    ['2044-03-27T02:30[Europe/Berlin]', '2044-03-27T01:30:00.000Z'], // skipped: the gap later
    ['2044-11-06T01:30[America/New_York]', '2044-11-06T05:30:00.000Z'], // twice: the earlier
    ['2044-10-02T02:15[Australia/Lord_Howe]', '2044-10-01T15:45:00.000Z'], // skips half an hour
    ['2044-03-27T02:30[Asia/Kolkata]', '2044-03-26T21:00:00.000Z'],
  ];
  for (const [until, expiresAt] of ends) {
    const lease = await world.leased({ reference: until, until });
    expect((await lease.status()).expiresAt).toBe(expiresAt);
  }
  const bad = await world.startPlain('provision/mars', {
    reference: 'mars',
    until: '2044-03-27T02:30[Mars/Base]',
  });
  expect(await failureOf(bad.result())).toMatchObject({ type: 'InvalidRequest', field: 'until' });
});

test('the health of a number is looked at as often as asked, and what is wrong shows', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, { health: { minReputation: 0.7, checkEvery: '1h' } });
  const { controls } = world.simulator;
  const healthListed = async () => {
    const run = await world.server.client.workflow.getHandle(leaseId(lease.number)).describe();
    return run.typedSearchAttributes.get(LEASE_HEALTH);
  };
  expect((await lease.status()).health).toEqual({ problems: [] });
  const looked = controls.calls()[ROUTE.read] ?? 0;
  controls.setReputation(lease.number, 0.9);
  await world.server.sleep(HOUR_MS + MINUTE_MS);
  expect(controls.calls()[ROUTE.read]).toBe(looked + 1);
  expect((await lease.status()).health).toMatchObject({ problems: [], reputation: 0.9 });
  expect(await healthListed()).toBeUndefined();

  controls.setReputation(lease.number, 0.6);
  await controls.setLeaseStatus(lease.number, 'paused');
  await world.server.sleep(HOUR_MS);
  await lease.handle.signal(NAMES.numberSubstituted, { usedNumber: '+14155550199' });
  await world.soon('it is told', async () => (await lease.status()).health?.problems.length === 3);
  const unwell = await lease.status();
  expect(unwell.state).toBe('active');
  expect(unwell.health!.problems).toEqual(['reputation', 'paused', 'substituted']);
  expect(unwell.log.some(({ text }) => text === 'health: reputation+paused, reputation 0.6')).toBe(true);
  expect(await healthListed()).toBe('reputation+paused+substituted');

  controls.setReputation(lease.number, 0.8);
  await controls.setLeaseStatus(lease.number, 'active');
  await world.server.sleep(HOUR_MS);
  expect((await lease.status()).health!.problems).toEqual(['substituted']);
  await lease.terminate();
  await lease.result();
});

test('a substitution shows also where nobody asked for health', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, {});
  expect((await lease.status()).health).toBeUndefined();
  await lease.handle.signal(NAMES.numberSubstituted, { usedNumber: '+14155550199' });
  await world.soon('it is told', async () => (await lease.status()).health !== undefined);
  expect((await lease.status()).health).toEqual({ problems: ['substituted'] });
});

test('a lease that is not in its grace period has nothing to restore', async ({ open }) => {
  const world = await open();
  const lease = await leased(world, {});
  const restored = lease.update<RestoreAnswer>(NAMES.restore, {});
  expect(await failureOf(restored)).toMatchObject({ type: 'LeaseNotActive' });
});

async function monthsCharged(world: World): Promise<number> {
  const { entries } = await world.simulator.controls.ledger();
  return entries.filter((entry) => entry.kind === 'charge' && entry.what === 'month').length;
}
