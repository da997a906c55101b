import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf, type World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

test('nothing over the limits is leased, and the cheapest price is told', async ({ open }) => {
  const world = await open();
  await world.work();
  const failure = await failureOf(
    world.provision({ reference: 'too-dear', limits: { currency: 'USD', maxMonthlyRate: 0.5 } }),
  );
  expect(failure).toMatchObject({ type: 'LimitExceeded', field: 'limits' });
  expect(failure.message).toMatch(/the cheapest costs \d+\.\d\d USD/);
  const number = await dear(world);
  const named = world.provision({
    reference: 'dear',
    number,
    limits: { currency: 'USD', maxMonthlyRate: 3 },
  });
  expect(await failureOf(named)).toMatchObject({ type: 'LimitExceeded', field: 'limits' });
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

test('what is leased is within the limits', async ({ open }) => {
  const world = await open();
  await world.work();
  const limits = { currency: 'EUR', maxUpfrontFee: 1, maxMonthlyRate: 4.99 };
  const { billing } = await world.provision({ reference: 'within', limits });
  expect(billing.price!.currency).toBe('EUR');
  expect(billing.price!.monthlyRate).toBeLessThanOrEqual(4.99);
  expect(billing.price!.upfrontFee).toBeLessThanOrEqual(1);
});

test('a lease that is billed beyond the limits goes back at once', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const number = await dear(world);
  faults.on(ROUTE.read, {
    phase: 'after',
    status: 200,
    body: await record(world, number, { monthly_rate: 1 }),
  });
  const request = { reference: 'billed-more', number, limits: { currency: 'USD', maxMonthlyRate: 3 } };
  const failure = await failureOf(world.provision(request));
  expect(failure).toMatchObject({ type: 'LimitExceeded' });
  expect(failure.message).toContain('goes back at once: its monthly rate of');
  const result = await world.lease(number).result();
  expect(result.acquired).toMatchObject({ outcome: 'refused', failure: { type: 'LimitExceeded' } });
  expect(result.releasedBy).toBe('us');
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('both ways to pay', async ({ open }) => {
  const world = await open({ entitlements: { service_contract: true } });
  await world.work();
  const monthly = await world.provision({ reference: 'monthly', billingMethod: 'monthly' });
  const contract = await world.provision({ reference: 'contract', billingMethod: 'service_contract' });
  expect([monthly.billing.method, contract.billing.method]).toEqual(['monthly', 'service_contract']);
});

test('a contract that the account does not have is refused by the vendor', async ({ open }) => {
  const world = await open();
  await world.work();
  const number = await cheap(world);
  const failure = await failureOf(
    world.provision({ reference: 'no-contract', number, billingMethod: 'service_contract' }),
  );
  expect(failure).toMatchObject({ type: 'NumberUnavailable' });
  expect(failure.message).toContain('No active service contract');
});

test('an account that may not lease is told where to agree', async ({ open }) => {
  const world = await open({ entitlements: { lease: false } });
  await world.work();
  const failure = await failureOf(
    world.provision({ reference: 'may-not', criteria: { allowRequirements: [] } }),
  );
  expect(failure).toMatchObject({
    type: 'AccountRestricted',
    agreementUrl: 'https://contiguity.example/agreements/lease',
  });
  expect(world.simulator.controls.calls()[ROUTE.lease]).toBe(1);
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

test('a number that needs more than the account has tells which agreement; another number is taken instead', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const api = world.api();
  const { data } = await api.lease.available();
  await api.close();
  const whatsapp = data.find(({ requirements }) => requirements.includes('whatsapp_entitlement_required'))!;
  const named = world.provision({ reference: 'whatsapp', number: whatsapp.number });
  expect(await failureOf(named)).toMatchObject({
    type: 'AccountRestricted',
    agreementUrl: expect.stringMatching(/whatsapp|imessage|enterprise/) as string,
  });
  const any = await world.provision({ reference: 'plain', criteria: { allowRequirements: [] } });
  expect(any.number).not.toBe(whatsapp.number);
});

test('a wrong key ends the request and leases nothing', async ({ open }) => {
  const world = await open();
  await world.work('contiguity_sk_wrong');
  expect(await failureOf(world.provision({ reference: 'wrong-key' }))).toMatchObject({
    type: 'Unauthorized',
  });
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

test('a key that is revoked between search and lease ends the request and leases nothing', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, () => {
    world.simulator.controls.setKey('another');
    return undefined;
  });
  expect(await failureOf(world.provision({ reference: 'revoked' }))).toMatchObject({ type: 'Unauthorized' });
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

async function priced(world: World, fits: (monthlyRate: number) => boolean): Promise<string> {
  const free = await world.freeNumbers();
  return free.find(({ pricing }) => pricing?.currency === 'USD' && fits(pricing.monthlyRate))!.number;
}

/** The vendor's own answer about a number, with another price. */
async function record(world: World, number: string, pricing: Record<string, unknown>): Promise<string> {
  const headers = { authorization: `Token ${world.simulator.apiKey}` };
  const response = await fetch(`${world.simulator.url}/numbers/${encodeURIComponent(number)}`, { headers });
  const body = (await response.json()) as { data: { pricing: object } };
  return JSON.stringify({ ...body, data: { ...body.data, pricing: { ...body.data.pricing, ...pricing } } });
}

const dear = (world: World) => priced(world, (rate) => rate > 3);
const cheap = (world: World) => priced(world, (rate) => rate < 3);
