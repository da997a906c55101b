import { expect, onTestFinished } from 'vitest';
import { startSimulator } from '../../../simulator/index.js';
import type { AdoptReport, AdoptRequest } from '../../../domain/adoption.js';
import { NAMES } from '../../../domain/contract.js';
import { test } from '../../support/fixture.js';
import { failureOf, type World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const TO = '+12025550123';
const HOUR_MS = 3_600_000;

test('a number leased by hand is adopted, and lives on as any other: texts, extension, expiry, proven release', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number, leaseId } = await leasedByHand(world);
  await world.server.sleep(3 * HOUR_MS);
  const report = await adopt(world, { numbers: [number], term: '1h' });
  const reference = `adopted/${number}`;
  expect(report).toEqual({
    counts: { adopted: 1, adopting: 0, adoptable: 0, refused: 0 },
    numbers: [{ number, outcome: 'adopted', reference, leaseId }],
  });
  const lease = world.lease(number);
  const status = await lease.status();
  expect(status).toMatchObject({ state: 'active', leaseId, reference });
  expect(Date.parse(status.leasedAt!) - Date.parse(status.billing!.period.start)).toBeGreaterThan(
    2 * HOUR_MS,
  );
  expect(status.billing?.price?.monthlyRate).toBeGreaterThan(0);
  expect(await lease.send({ id: 'm', to: TO, message: 'from an adopted number' })).toMatchObject({
    outcome: 'sent',
  });
  const { expiresAt } = await lease.extend({ term: '1h' });
  expect(Date.parse(expiresAt) - Date.parse(status.expiresAt!)).toBe(HOUR_MS);
  const result = await lease.result();
  expect(result).toMatchObject({ leaseId, reason: 'expired', releasedBy: 'us' });
  expect(Date.parse(result.terminatedAt!)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
  expect(world.simulator.controls.calls()[ROUTE.lease]).toBeUndefined();
});

test('of many who adopt one number at a time one wins, and the others hear whose it is', async ({ open }) => {
  const world = await open();
  await world.work();
  const { number } = await leasedByHand(world);
  const prefixes = ['a', 'b', 'c', 'd', 'e'];
  const asked = await Promise.all(
    prefixes.map((referencePrefix) => startAdopting(world, { numbers: [number], referencePrefix })),
  );
  const numbers = (await Promise.all(asked.map((report) => report()))).flatMap((report) => report.numbers);
  const won = numbers.filter(({ outcome }) => outcome === 'adopted');
  expect(won).toHaveLength(1);
  const { reference } = await world.lease(number).status();
  expect(won[0]?.reference).toBe(reference);
  const lost = numbers.filter(({ outcome }) => outcome === 'refused').map(({ failure }) => failure);
  expect(lost).toHaveLength(prefixes.length - 1);
  const why = { type: 'NumberUnavailable', message: `${number} is held for reference ${reference}` };
  for (const failure of lost) expect(failure).toEqual(why);
});

test('what a provision has leased is not adopted, and what nobody owns all is', async ({ open }) => {
  const world = await open();
  await world.work();
  const { number: owned } = await world.leased({ reference: 'owner' });
  const orphans = [await leasedByHand(world), await leasedByHand(world)].map(({ number }) => number);
  const named = await adopt(world, { numbers: [owned] });
  expect(named.numbers[0]?.failure?.message).toBe(`${owned} is held for reference owner`);

  const dry = await adopt(world, { all: true, dryRun: true });
  expect(dry).toMatchObject({ owned: 1, counts: { adoptable: 2, adopted: 0, refused: 0 } });
  await expect(world.lease(orphans[0]!).status()).rejects.toThrow();
  const all = await adopt(world, { all: true, referencePrefix: 'found' });
  expect(all).toMatchObject({ owned: 1, counts: { adopted: 2, refused: 0 } });
  for (const number of orphans) {
    expect(await world.lease(number).status()).toMatchObject({
      state: 'active',
      reference: `found/${number}`,
    });
  }
  expect((await adopt(world, { all: true })).counts.adopted).toBe(0);
});

test('a number that the account does not lease is not adopted, and no run is started', async ({ open }) => {
  const world = await open();
  await world.work();
  const [free, taken] = await world.freeNumbers();
  await world.simulator.controls.leaseByOther(taken!.number);
  const report = await adopt(world, { numbers: [free!.number, taken!.number, '+19995550000'] });
  const failures = report.numbers.map(({ failure }) => [failure?.type, failure?.message]);
  expect(failures).toEqual([
    ['NumberUnavailable', `the account does not lease ${free!.number}: its status is ${free!.status}`],
    ['NumberUnavailable', `the account does not lease ${taken!.number}: its status is leased`],
    ['NumberUnavailable', 'the vendor knows no number +19995550000'],
  ]);
  for (const { number } of report.numbers) await expect(world.lease(number).status()).rejects.toThrow();
});

test('a number that is given back by hand before its run has looked is not adopted', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const { number } = await leasedByHand(world);
  faults.on(ROUTE.read, () => undefined); // the look of the adoption itself
  faults.meanwhile(ROUTE.read, () => world.simulator.controls.releaseByHand(number));
  const { numbers } = await adopt(world, { numbers: [number] });
  expect(numbers).toMatchObject([{ outcome: 'refused', failure: { type: 'NumberUnavailable' } }]);
  expect(await world.lease(number).result()).toMatchObject({ leaseId: null, releasedAt: null });
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
});

test("a run that adopts believes no other account's key, and waits for the right one", async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, takeOvers: true });
  const stop = await world.work();
  const { number, leaseId } = await leasedByHand(world);
  faults.on(ROUTE.read, () => undefined); // the look of the adoption itself
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, Infinity);
  const asked = await startAdopting(world, { numbers: [number] });
  await world.soon('its run', () => world.numbers.includes(number));
  await stop();
  world.simulator.controls.setKey('contiguity_sk_of_another_account');
  await world.simulator.controls.releaseByHand(number); // what another account sees
  faults.clear();
  const stopTheirs = await world.work('contiguity_sk_of_another_account');
  await world.server.sleep(60_000);
  const status = await world.lease(number).status();
  expect(status).toMatchObject({ state: 'attention', leaseId: null });
  expect(status.attention?.message).toContain('the API key changed');
  await stopTheirs();
  await world.work('contiguity_sk_of_another_account');
  const again = await world.simulator.controls.leaseByHand(number);
  expect(again).not.toBe(leaseId);
  expect((await asked()).numbers).toMatchObject([{ outcome: 'adopting' }]);
  expect(await world.lease(number).result()).toMatchObject({ leaseId: null });
});

test('a worker pointed at another API starts nothing for a number that only the first one leases', async ({
  open,
}) => {
  const world = await open();
  const empty = await startSimulator({ clock: world.server });
  onTestFinished(() => empty.close());
  await world.work(undefined, empty.url);
  const { number } = await leasedByHand(world);
  const { numbers } = await adopt(world, { numbers: [number] });
  expect(numbers).toMatchObject([{ outcome: 'refused', failure: { type: 'NumberUnavailable' } }]);
  await expect(world.lease(number).status()).rejects.toThrow();
});

test('an adopted number counts as substituted: a text in doubt is not sent again', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const { number } = await leasedByHand(world);
  await adopt(world, { numbers: [number], settleWindow: '10s' });
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  const text = { id: 'm', to: TO, message: 'perhaps' };
  expect(await world.lease(number).send(text)).toMatchObject({ outcome: 'unknown' });
});

test('a request that cannot be meant names its field, also from a program that is none of ours', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const wrong: [unknown, string | undefined][] = [
    [{}, 'numbers'],
    [{ numbers: [] }, 'numbers'],
    [{ numbers: ['+14155550123'], all: true }, 'numbers'],
    [{ numbers: ['555'] }, 'numbers[0]'],
    [{ all: true, term: 'soon' }, 'term'],
    [{ all: true, criteria: {} }, 'criteria'],
    [null, undefined],
  ];
  for (const [request, field] of wrong) {
    const failure = await failureOf(adopt(world, request as AdoptRequest));
    expect([request, failure.type, failure.field]).toEqual([request, 'InvalidRequest', field]);
  }
});

async function leasedByHand(world: World): Promise<{ number: string; leaseId: string }> {
  const [free] = await world.freeNumbers();
  const { number } = free!;
  return { number, leaseId: await world.simulator.controls.leaseByHand(number) };
}

let count = 0;

/** Gives what waits for the answer: only then does time go on. */
function startAdopting(world: World, request: AdoptRequest): Promise<() => Promise<AdoptReport>> {
  count += 1;
  return world.startOther<AdoptReport>(NAMES.adoptNumbers, `adopt/${count}`, request);
}

async function adopt(world: World, request: AdoptRequest): Promise<AdoptReport> {
  const report = await startAdopting(world, request);
  return report();
}
