import { expect } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import { leaseId, SPENDING_BOOK_ID } from '../../../domain/ids.js';
import type { ScopeFigures, SpendingFigures } from '../../../domain/spending.js';
import { test } from '../../support/fixture.js';
import { failureOf, type World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const DAY_MS = 86_400_000;
const settleWindow = '3s';

async function figures(world: World): Promise<ScopeFigures | undefined> {
  const book = world.server.client.workflow.getHandle(SPENDING_BOOK_ID);
  return (await book.query<SpendingFigures>('figures')).scopes[0];
}

/** A free number of which something costs so much. */
async function priced(world: World, fits: (price: { monthlyRate: number; upfrontFee: number }) => boolean) {
  const free = await world.freeNumbers();
  return free
    .filter(({ pricing }) => pricing?.currency === 'USD' && fits(pricing))
    .map(({ number }) => number);
}

test('what is given back makes room for the next one', async ({ open }) => {
  const world = await open({ limits: { account: { maxLeases: 1 } } });
  await world.work();
  const first = await world.leased({ reference: 'first' });
  expect(await failureOf(world.provision({ reference: 'second' }))).toMatchObject({
    type: 'LimitExceeded',
    limit: { scope: 'account', kind: 'leases', used: 1, asked: 1, most: 1 },
  });
  await first.terminate();
  await first.result();
  expect(await figures(world)).toMatchObject({ leases: 0, monthly: {} });
  await world.provision({ reference: 'third' });
  expect((await world.simulator.controls.ledger()).open).toHaveLength(1);
});

test('a refused candidate takes no room from the next one', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, limits: { account: { maxLeases: 1 } } });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', status: 400 }, 2);
  const provision = await world.start({ reference: 'third time lucky', settleWindow });
  await provision.result();
  expect((await provision.status()).candidates.map(({ outcome }) => outcome)).toEqual([
    'refused',
    'refused',
    'leased',
  ]);
  expect(await figures(world)).toMatchObject({ leases: 1 });
});

test('an upfront fee counts for its period, also when the number went back', async ({ open }) => {
  const limits = { account: { currency: 'USD', maxUpfront: { amount: 4, per: '30 days' } } };
  const world = await open({ limits });
  await world.work();
  const [one = '', other = ''] = await priced(world, ({ upfrontFee }) => upfrontFee > 2 && upfrontFee <= 4);
  const lease = await world.leased({ reference: 'spent', number: one });
  await lease.terminate();
  await lease.result();
  await world.server.sleep(29 * DAY_MS);
  const refused = await failureOf(world.provision({ reference: 'too early', number: other }));
  expect(refused).toMatchObject({ type: 'LimitExceeded', limit: { kind: 'upfront', most: 4 } });
  await world.server.sleep(2 * DAY_MS);
  expect((await world.provision({ reference: 'in time', number: other })).number).toBe(other);
});

test('a monthly sum is not passed', async ({ open }) => {
  const world = await open({ limits: { account: { currency: 'USD', maxMonthly: 7 } } });
  await world.work();
  const numbers = await priced(world, ({ monthlyRate }) => monthlyRate === 2.99);
  for (const number of numbers.slice(0, 2)) await world.provision({ reference: number, number });
  const failure = await failureOf(world.provision({ reference: 'one more', number: numbers[2] ?? '' }));
  expect(failure).toMatchObject({
    type: 'LimitExceeded',
    limit: { kind: 'monthly', used: 5.98, asked: 2.99 },
  });
  expect(failure.message).toContain(
    'pays 5.98 USD a month, 2.99 USD more would be over the limit of 7.00 USD',
  );
});

test('each tenant has a limit of its own', async ({ open }) => {
  const labels = { tenant: { '*': { maxLeases: 1 }, acme: { maxLeases: 2 } } };
  const world = await open({ limits: { labels } });
  await world.work();
  const asked = (reference: string, tenant: string) => world.provision({ reference, labels: { tenant } });
  await asked('acme 1', 'acme');
  await asked('acme 2', 'acme');
  await asked('tiny 1', 'tiny');
  for (const [tenant, most] of [['acme', 2] as const, ['tiny', 1] as const]) {
    const failure = await failureOf(asked(`${tenant} ${most + 1}`, tenant));
    expect(failure).toMatchObject({ type: 'LimitExceeded', limit: { scope: `tenant=${tenant}`, most } });
  }
  await world.provision({ reference: 'nobody' });
});

test('a number in another currency is not taken; a search finds one that is', async ({ open }) => {
  const world = await open({ limits: { account: { currency: 'GBP', maxLeases: 5 } } });
  await world.work();
  const [dollars = ''] = await priced(world, () => true);
  const named = await failureOf(world.provision({ reference: 'dollars', number: dollars }));
  expect(named).toMatchObject({ type: 'LimitExceeded' });
  expect(named.message).toContain('it is priced in USD, the limits of the account are in GBP');
  const found = await world.provision({ reference: 'pounds' });
  expect(found.billing.price?.currency).toBe('GBP');
  const nowhere = world.provision({ reference: 'none', criteria: { country: 'US' } });
  expect(await failureOf(nowhere)).toMatchObject({ type: 'LimitExceeded' });
});

test('a lease whose answers are lost holds its room until it is proven released', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, limits: { account: { maxLeases: 1 } } });
  await world.work();
  const lost = { phase: 'after', reset: true } as const;
  faults.on(ROUTE.lease, lost).on(ROUTE.terminate, lost);
  const lease = await world.leased({ reference: 'unlucky', settleWindow });
  await lease.terminate();
  const refused = await failureOf(world.provision({ reference: 'too early' }));
  expect(refused.type).toBe('LimitExceeded');
  await lease.result();
  await world.provision({ reference: 'in time' });
  const { entries } = await world.simulator.controls.ledger();
  const kinds = entries.map(({ kind }) => kind).filter((kind) => kind === 'leased' || kind === 'released');
  expect(kinds).toEqual(['leased', 'released', 'leased']);
});

test('a book that was killed learns of the leases from their runs', async ({ open }) => {
  const world = await open({ limits: { account: { maxLeases: 2 } } });
  await world.work();
  const lease = await world.leased({ reference: 'before' });
  await world.server.client.workflow.getHandle(SPENDING_BOOK_ID).terminate();
  await world.provision({ reference: 'after' });
  expect(await figures(world)).toMatchObject({ leases: 1 }); // this server keeps no list of runs; see test/server
  await lease.terminate();
  expect((await lease.result()).releasedBy).toBe('us');
  expect(await figures(world)).toMatchObject({ leases: 1 });
});

test('a pass of reconcile frees the room of a run that was killed, once its number cannot be leased any more', async ({
  open,
}) => {
  const world = await open({ limits: { account: { maxLeases: 1 } } });
  await world.work();
  const { number } = await world.leased({ reference: 'killed' });
  await world.server.client.workflow.getHandle(leaseId(number)).terminate();
  const pass = async (id: string) => (await world.startOther(NAMES.reconcileLeases, `reconcile/${id}`, {}))();
  await world.server.sleep(20 * 60_000);
  await pass('leased');
  expect(await figures(world)).toMatchObject({ leases: 1 });
  await world.simulator.controls.releaseByHand(number);
  await pass('released');
  expect(await figures(world)).toMatchObject({ leases: 0 });

  const { number: other } = await world.leased({ reference: 'killed too' });
  await world.simulator.controls.releaseByHand(other);
  await world.server.client.workflow.getHandle(leaseId(other)).terminate();
  await pass('at once');
  expect(await figures(world)).toMatchObject({ leases: 1 }); // a copy of its lease request may still act
  await world.server.sleep(20 * 60_000);
  await pass('later');
  await world.provision({ reference: 'next' });
});

test('without limits nobody is asked', async ({ open }) => {
  const world = await open();
  await world.work();
  await world.provision({ reference: 'free' });
  const book = world.server.client.workflow.getHandle(SPENDING_BOOK_ID).describe();
  await expect(book).rejects.toThrow();
});
