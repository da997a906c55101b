import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import type { ReconcileReport, ReconcileRequest } from '../../../domain/reconciliation.js';
import { startSimulator } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import { failureOf, type World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const HOUR_MS = 3_600_000;
/** Of our time: what does not wait has happened by then. */
const MOMENT_MS = 1_000;

test('a number leased by hand is an orphan, what a run owns is none, and nothing is changed', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  await world.leased({ reference: 'owner' });
  const { number, leaseId } = await leasedByHand(world);
  const report = await reconcile(world, {});
  expect(report).toMatchObject({
    counts: { leased: 2, owned: 1, orphan: 1, ghost: 0, changed: 0, stuck: 0, ignored: 0, adopted: 0 },
    cut: 0,
  });
  const what = 'leased, and no run ever owned it';
  expect(report.findings).toEqual([{ kind: 'orphan', number, leaseId, what, onceOwned: false }]);
  expect(report).not.toHaveProperty('suspect');
  await expect(world.lease(number).status()).rejects.toThrow();
  expect((await world.simulator.controls.ledger()).open).toHaveLength(2);
});

test('an account in order has no findings and is looked at once', async ({ open }) => {
  const world = await open();
  await world.work();
  await world.leased({ reference: 'owner' });
  const reads = world.simulator.controls.calls()[ROUTE.read];
  const report = await reconcile(world, {});
  expect(report.findings).toEqual([]);
  expect(world.simulator.controls.calls()[ROUTE.read]).toBe(reads);
});

test('a number whose run was killed is an orphan that was once owned, and says by which run', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number, runId } = await killed(world, 'killed');
  const { findings } = await reconcile(world, {});
  expect(findings).toMatchObject([{ kind: 'orphan', number, runId, reference: 'killed', onceOwned: true }]);
  expect(findings[0]?.what).toBe('leased, and its last run is over (terminated)');
  await adopt(world, number); // the promise holds again
});

test('what is only so for a moment is no finding: a number released or adopted before the second look', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const released = await leasedByHand(world);
  const adopted = await leasedByHand(world);
  const pending = await startReconciling(world, { confirmAfter: '1h' });
  await world.soon('the first look', () => world.simulator.controls.calls()[ROUTE.leased] === 1);
  await delay(MOMENT_MS);
  await world.simulator.controls.releaseByHand(released.number);
  await adopt(world, adopted.number);
  const report = await pending();
  expect(report.findings).toEqual([]);
  expect(report.counts).toMatchObject({ orphan: 0, unconfirmed: 2 });
});

test('another lease than the one that was found is not believed either', async ({ open }) => {
  const world = await open();
  await world.work();
  const { number } = await leasedByHand(world);
  const pending = await startReconciling(world, { policies: { orphan: 'adopt' }, confirmAfter: '1h' });
  await world.soon('the first look', () => world.simulator.controls.calls()[ROUTE.leased] === 1);
  await world.simulator.controls.releaseByHand(number);
  await world.simulator.controls.leaseByHand(number);
  expect((await pending()).counts).toMatchObject({ orphan: 0, unconfirmed: 1, adopted: 0 });
  await expect(world.lease(number).status()).rejects.toThrow();
});

test('status, price, channels, reputation and the lease itself are held against what was taken', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { controls } = world.simulator;
  const [paused, dear, unwell, replaced] = [
    await world.leased({ reference: 'paused' }),
    await world.leased({ reference: 'dear' }),
    await world.leased({ reference: 'unwell', criteria: { minReputation: 0.85 } }),
    await world.leased({ reference: 'replaced' }),
  ];
  expect((await reconcile(world, {})).findings).toEqual([]);
  await controls.setLeaseStatus(paused.number, 'paused');
  controls.setPrice(dear.number, { currency: 'USD', upfront_fee: 0, monthly_rate: 77 });
  controls.setReputation(unwell.number, 0.5);
  await world.server.sleep(HOUR_MS);
  await controls.releaseByHand(replaced.number);
  const theirs = await controls.leaseByHand(replaced.number);
  const { findings, counts } = await reconcile(world, {});
  expect(counts).toMatchObject({ changed: 4, orphan: 0 });
  const fields = Object.fromEntries(findings.map(({ number, changes = [] }) => [number, changes]));
  expect(fields[paused.number]).toEqual([{ field: 'status', was: 'active', is: 'paused' }]);
  expect(fields[dear.number]).toMatchObject([{ field: 'price', is: '77.00 USD' }]);
  expect(fields[unwell.number]).toMatchObject([{ field: 'reputation', is: '0.5' }]);
  expect(fields[replaced.number]).toMatchObject([{ field: 'lease', is: theirs }]);
});

test('a run that asks for attention is stuck, with the reason', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const lease = await world.leased({ reference: 'stuck', protected: true, term: '1h' });
  await world.server.sleep(2 * HOUR_MS);
  const { findings } = await reconcile(world, {});
  expect(findings).toMatchObject([{ kind: 'stuck', number: lease.number, reference: 'stuck' }]);
  expect(findings[0]?.what).toMatch(/^expired .*protected/);
});

test('with the policy adopt an orphan gets an owner, and the next pass finds nothing', async ({ open }) => {
  const world = await open();
  await world.work();
  const { number, leaseId } = await leasedByHand(world);
  const ignored = await leasedByHand(world);
  const request: ReconcileRequest = {
    policies: { orphan: 'adopt' },
    ignore: [ignored.number],
    labels: { tenant: 'acme' },
  };
  const report = await reconcile(world, request);
  expect(report.counts).toMatchObject({ orphan: 1, adopted: 1, ignored: 1 });
  expect(report.findings).toMatchObject([{ number, action: 'adopted', reference: `adopted/${number}` }]);
  expect(await world.lease(number).status()).toMatchObject({
    state: 'active',
    leaseId,
    labels: { tenant: 'acme' },
  });
  expect(await world.lease(number).status()).not.toHaveProperty('expiresAt');
  const again = await reconcile(world, request);
  expect(again).toMatchObject({ counts: { orphan: 0, owned: 1, ignored: 1 }, findings: [] });
  await expect(world.lease(ignored.number).status()).rejects.toThrow();
});

test('with the policy terminate what was once owned goes back after the delay, and is proven gone', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number } = await killed(world, 'killed');
  const byHand = await leasedByHand(world);
  const report = await reconcile(world, { policies: { orphan: 'terminate' }, delay: '2h' });
  expect(report.counts).toMatchObject({ orphan: 2, adopted: 1 });
  const actions = Object.fromEntries(report.findings.map((finding) => [finding.number, finding.action]));
  expect(actions).toEqual({ [number]: 'terminating', [byHand.number]: undefined });
  const lease = world.lease(number);
  const { expiresAt, leasedAt, reference } = await lease.status();
  expect(Date.parse(expiresAt!) - Date.parse(leasedAt!)).toBe(2 * HOUR_MS);
  expect(reference).toBe(`unowned/${number}`);
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
  const result = await lease.result();
  expect(result).toMatchObject({ reason: 'expired', releasedBy: 'us' });
  expect(Date.parse(result.terminatedAt!)).toBeGreaterThanOrEqual(Date.parse(expiresAt!));
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number: byHand.number }]);
});

test('what is named may go back though nobody here ever owned it, and then nothing else does', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const owned = await killed(world, 'killed');
  const [named, other] = [await leasedByHand(world), await leasedByHand(world)];
  const terminate: ReconcileRequest = {
    policies: { orphan: 'terminate' },
    delay: '1h',
    only: [named.number],
  };
  const report = await reconcile(world, terminate);
  expect(report.counts).toMatchObject({ orphan: 3, adopted: 1 });
  await world.lease(named.number).result();
  const left = (await world.simulator.controls.ledger()).open.map(({ number }) => number);
  expect(left.toSorted()).toEqual([owned.number, other.number].toSorted());
  await adopt(world, owned.number);
});

test('above the most of one pass nothing is given back', async ({ open }) => {
  const world = await open();
  await world.work();
  const numbers = [];
  for (const reference of ['a', 'b', 'c']) numbers.push((await killed(world, reference)).number);
  const report = await reconcile(world, { policies: { orphan: 'terminate' }, delay: '1h', atMost: 2 });
  expect(report.counts).toMatchObject({ orphan: 3, adopted: 0 });
  expect(report.stopped).toBe('3 numbers would go back, and at most 2 may in one pass: none does');
  await world.server.sleep(2 * HOUR_MS);
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
  for (const number of numbers) await adopt(world, number);
});

test('a number that a run was refused was never owned, and is not given back', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(ROUTE.lease, { phase: 'before', status: 400 });
  await failureOf(world.provision({ reference: 'refused', number, settleWindow: '1s' }));
  expect(await world.lease(number).result()).toMatchObject({ leaseId: null });
  await world.simulator.controls.leaseByHand(number);
  const report = await reconcile(world, { policies: { orphan: 'terminate' }, delay: '1h' });
  const refused = { kind: 'orphan', number, reference: 'refused', onceOwned: false };
  expect(report.findings).toMatchObject([refused]);
  expect(report.counts.adopted).toBe(0);
});

test('of an account at another API than the runs lease at nothing is believed, and nothing is done', async ({
  open,
}) => {
  const world = await open({ takeOvers: true });
  const theirs = await startSimulator({ clock: world.server });
  onTestFinished(() => theirs.close());
  const stop = await world.work();
  const { number } = await world.leased({ reference: 'owner' });
  await stop();
  await theirs.controls.leaseByHand(number);
  const [free] = await world.freeNumbers();
  await theirs.controls.leaseByHand(free!.number);
  await world.work(theirs.apiKey, theirs.url);
  const report = await reconcile(world, { policies: { orphan: 'adopt' } });
  const { url } = world.simulator;
  expect(report.suspect).toBe(`${number} was leased at ${url}, this worker talks to ${theirs.url}`);
  expect(report.counts).toMatchObject({ orphan: 1, adopted: 0 });
  await expect(world.lease(free!.number).status()).rejects.toThrow();
});

test('an API that fails for a while delays a pass, and one that refuses the key ends it', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const { number } = await leasedByHand(world);
  faults.on(ROUTE.leased, { phase: 'before', status: 503 }, 2);
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, 2);
  expect((await reconcile(world, {})).findings).toMatchObject([{ kind: 'orphan', number }]);
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, Infinity);
  expect((await reconcile(world, {})).counts).toMatchObject({ orphan: 0, unconfirmed: 1 });
  world.simulator.controls.setKey('contiguity_sk_another');
  expect(await failureOf(reconcile(world, {}))).toMatchObject({ type: 'Unauthorized' });
});

test('a request that cannot be meant names its field, also from a program that is none of ours', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number } = await leasedByHand(world);
  const terminate = { policies: { orphan: 'terminate' } };
  const wrong: [unknown, string | undefined][] = [
    [{ policies: { orphan: 'delete' } }, 'policies.orphan'],
    [{ policies: { ghost: 'adopt' } }, 'policies.ghost'],
    [{ policies: { stuck: 'terminate' } }, 'policies.stuck'],
    [{ policies: { orphans: 'adopt' } }, 'policies.orphans'],
    [{ ignore: ['555'] }, 'ignore[0]'],
    [{ only: [number], ignore: [number] }, 'only[0]'],
    [{ ...terminate, delay: 'soon' }, 'delay'],
    [{ ...terminate, atMost: 0 }, 'atMost'],
    [{ ...terminate, protected: true }, 'protected'],
    [{ ...terminate, term: '1h' }, 'term'],
    [{ confirmAfter: '1ms' }, 'confirmAfter'],
    [{ numbers: [number] }, 'numbers'],
    [[], undefined],
  ];
  for (const [request, field] of wrong) {
    const failure = await failureOf(reconcile(world, request as ReconcileRequest));
    expect([request, failure.type, failure.field]).toEqual([request, 'InvalidRequest', field]);
  }
  await expect(world.lease(number).status()).rejects.toThrow();
});

async function leasedByHand(world: World): Promise<{ number: string; leaseId: string }> {
  const [free] = await world.freeNumbers();
  const { number } = free!;
  return { number, leaseId: await world.simulator.controls.leaseByHand(number) };
}

/** A number whose run somebody has ended in Temporal. */
async function killed(world: World, reference: string): Promise<{ number: string; runId: string }> {
  const { number, handle } = await world.leased({ reference });
  const { runId } = await handle.describe();
  await handle.terminate('by hand');
  return { number, runId };
}

async function adopt(world: World, number: string): Promise<void> {
  count += 1;
  const adopted = await world.startOther(NAMES.adoptNumbers, `adopt/${count}`, { numbers: [number] });
  await adopted();
}

let count = 0;

/** Gives what waits for the report: only then does time go on. */
function startReconciling(world: World, request: ReconcileRequest): Promise<() => Promise<ReconcileReport>> {
  count += 1;
  return world.startOther<ReconcileReport>(NAMES.reconcileLeases, `reconcile/${count}`, request);
}

async function reconcile(world: World, request: ReconcileRequest): Promise<ReconcileReport> {
  const report = await startReconciling(world, request);
  return report();
}
