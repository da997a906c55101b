import { expect } from 'vitest';
import type { LeaseResult } from '../../domain/contract.js';
import { test } from '../support/fixture.js';
import { failureOf, type World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('a term counts from the lease, and its end gives the number back', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'a-month', term: '30 days' });
  const { leasedAt, expiresAt, nextWake } = await lease.status();
  expect(Date.parse(expiresAt!) - Date.parse(leasedAt!)).toBe(30 * DAY_MS);
  expect(nextWake).toEqual({ at: expiresAt, why: 'the lease expires' });
  const result = await lease.result();
  expect(result.reason).toBe('expired');
  expect(lateness(result, expiresAt)).toBeLessThan(60_000);
  expect(lateness(result, expiresAt)).toBeGreaterThanOrEqual(0);
});

test('an end that is named', async ({ open }) => {
  const world = await open();
  await world.work();
  const until = await later(world, 7 * DAY_MS);
  const lease = await world.leased({ reference: 'until', until });
  expect((await lease.status()).expiresAt).toBe(until);
  const result = await lease.result();
  expect([result.reason, lateness(result, until) < 60_000]).toEqual(['expired', true]);
});

test('an extension before the deadline moves it: from the present end, or to an instant', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'extended', term: '1h' });
  const first = Date.parse((await lease.status()).expiresAt!);
  await world.server.sleep(HOUR_MS / 2);
  const byTerm = await lease.extend({ term: '2h' });
  expect(Date.parse(byTerm.expiresAt)).toBe(first + 2 * HOUR_MS);
  await world.server.sleep(2 * HOUR_MS);
  expect((await lease.status()).state).toBe('active');
  const until = await later(world, 5 * HOUR_MS);
  expect(await lease.extend({ until })).toEqual({ expiresAt: until });
  const earlier = await later(world, 3 * HOUR_MS);
  expect(await lease.extend({ until: earlier })).toEqual({ expiresAt: earlier });
  const result = await lease.result();
  expect([result.reason, lateness(result, earlier) < 60_000]).toEqual(['expired', true]);
});

test('after the deadline nothing is extended', async ({ open }) => {
  const world = await open({ termination: { minMs: HOUR_MS, maxMs: HOUR_MS } });
  await world.work();
  const lease = await world.leased({ reference: 'too-late', term: '1h' });
  await world.server.sleep(HOUR_MS + 60_000);
  expect((await lease.status()).state).toBe('terminating');
  const late = await failureOf(lease.extend({ term: '1h' }));
  expect(late).toMatchObject({ type: 'LeaseNotActive' });
  expect(late.message).toContain('expired');
});

test('a lease without an end takes an end, but no term to add to none', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'endless' });
  expect((await lease.status()).expiresAt).toBeUndefined();
  expect(await failureOf(lease.extend({ term: '1h' }))).toMatchObject({
    type: 'InvalidRequest',
    field: 'term',
  });
  const until = await later(world, HOUR_MS);
  await lease.extend({ until });
  expect((await lease.result()).reason).toBe('expired');
});

test('an extension that cannot be meant names its field', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'bad-extend', term: '1h' });
  const { expiresAt } = await lease.status();
  const wrong: [unknown, string | undefined][] = [
    [{}, 'term'],
    [{ term: '1h', until: '2099-01-01T00:00:00Z' }, 'term'],
    [{ term: '-1h' }, 'term'],
    [{ term: 'soon' }, 'term'],
    [{ until: '2001-01-01T00:00:00Z' }, 'until'],
    [{ until: 'tomorrow' }, 'until'],
    [{ terms: '1h' }, 'terms'],
    [null, undefined],
    ['1h', undefined],
  ];
  for (const [request, field] of wrong) {
    const failure = await failureOf(lease.update('extend', request));
    expect([request, failure.type, failure.field]).toEqual([request, 'InvalidRequest', field]);
  }
  expect((await lease.status()).expiresAt).toBe(expiresAt);
});

test('an extension that comes while the number is still being leased waits for the lease', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', delayMs: 1_000 });
  const provision = await world.start({ reference: 'early', term: '1h' });
  await world.soon('a run for a number', () => world.simulator.controls.calls()[ROUTE.lease] === 1);
  const { number } = await provision.status();
  const lease = world.lease(number!);
  const { expiresAt } = await lease.extend({ term: '1h' });
  const { leasedAt } = await provision.result();
  expect(Date.parse(expiresAt) - Date.parse(leasedAt)).toBe(2 * HOUR_MS);
});

async function later(world: World, milliseconds: number): Promise<string> {
  return new Date((await world.server.now()) + milliseconds).toISOString();
}

/** How long after the deadline the lease was terminated, in milliseconds. */
function lateness({ terminatedAt }: LeaseResult, deadline: string | undefined): number {
  return Date.parse(terminatedAt!) - Date.parse(deadline!);
}
