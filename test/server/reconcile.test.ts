import { expect, test } from 'vitest';
import type { LeaseResult } from '../../domain/contract.js';
import { provisionId } from '../../domain/ids.js';
import type { ReconcileReport } from '../../domain/reconciliation.js';
import { commandsOf } from '../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { resetRun } from '../support/reset.js';

/** These tests wait in real time. */
const QUICK = ['--confirm-after', '1s', '--settle-window', '1s'];

test('a pass by command and by library finds what nobody owns, and a script can tell', async () => {
  const world = await devWorld();
  await world.work();
  const { run } = commandsOf(world);
  await world.leasehold.provision({ reference: 'owner', ...BRISK });
  const clean = await run('reconcile', ...QUICK);
  expect(clean).toMatchObject({ code: 0 });
  expect(clean.out).toMatch(/1 leased, 1 owned: nothing found\./);

  const [number = '', ignored = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await world.simulator.controls.leaseByHand(ignored);
  const found = await run('reconcile', '--ignore', ignored, ...QUICK);
  expect(found.code).toBe(3);
  expect(found.err).toMatch(/^leasehold: 1 finding$/m);
  expect(found.out).toContain(number);
  expect(found.out).toMatch(/orphan.*no run ever owned it.*reported/);
  expect(found.out).toMatch(/2 leased, 1 owned: 1 orphan\. 1 ignored\./);
  expect(found.out).not.toContain(ignored);

  const { code, out } = await run('reconcile', '--json', ...QUICK);
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ counts: { orphan: 2 }, cut: 0 });
  const report = await world.leasehold.reconcile({ ignore: [number, ignored] });
  expect(report).toMatchObject({ counts: { orphan: 0, ignored: 2 }, findings: [] });
});

test('an orphan is adopted by command, and what was once owned goes back and is proven gone', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const [byHand = ''] = await world.available();
  await world.simulator.controls.leaseByHand(byHand);
  const adopted = await run('reconcile', '--policy', 'adopt', '--label', 'tenant=acme', ...QUICK);
  expect(adopted.out).toMatch(/adopted/);
  expect(await world.leasehold.lease(byHand).status()).toMatchObject({ labels: { tenant: 'acme' } });
  expect(await run('reconcile', ...QUICK)).toMatchObject({ code: 0 });

  await world.run(byHand).terminate('by hand');
  const terminate = ['--policy', 'terminate', '--delay', '1s'];
  const report = await run('reconcile', ...terminate, '--json', ...QUICK);
  const { findings } = JSON.parse(report.out) as ReconcileReport;
  expect(findings).toMatchObject([{ number: byHand, onceOwned: true, action: 'terminating' }]);
  const result: LeaseResult = await world.run(byHand).result();
  expect(result).toMatchObject({ reason: 'expired', releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
  expect(await json('reconcile', ...terminate, ...QUICK)).toMatchObject({ counts: { leased: 0 } });
});

test('a run whose number the account does not lease is a ghost; of many that are gone at once none is believed', async () => {
  const world = await devWorld();
  await world.work();
  const references = ['a', 'b', 'c', 'd', 'e', 'f'];
  const leases = await Promise.all(
    references.map((reference) => world.leasehold.provision({ reference, ...BRISK })),
  );
  await listed(world, leases.length);
  const { controls } = world.simulator;
  const [first, ...others] = leases.map(({ number }) => number);
  await controls.releaseByHand(first!);
  const one = await world.leasehold.reconcile({ confirmAfter: '1s' });
  expect(one).toMatchObject({ counts: { ghost: 1, owned: 5 }, findings: [{ kind: 'ghost', number: first }] });
  expect(one).not.toHaveProperty('suspect');

  for (const number of others.slice(0, 3)) await controls.releaseByHand(number);
  const [free = ''] = await world.available();
  await controls.leaseByHand(free);
  const most = await world.leasehold.reconcile({ confirmAfter: '1s', policies: { orphan: 'adopt' } });
  expect(most).toMatchObject({ counts: { ghost: 4, orphan: 1, adopted: 0 } });
  expect(most.suspect).toMatch(/^4 of the 6 numbers that open runs hold are not leased any more/);
  await expect(world.leasehold.lease(free).status()).rejects.toMatchObject({ type: 'LeaseNotActive' });
});

test('a lease whose request was killed is unclaimed until it is requested again, and released where the policy says so', async () => {
  const world = await devWorld();
  const stop = await world.work();
  const { run } = commandsOf(world);
  const requests = ['kept', 'dropped'].map((reference) => ({ reference, ...BRISK }));
  const leases = await Promise.all(requests.map((request) => world.leasehold.provision(request)));
  await listed(world, 2);
  await stop();
  for (const { reference } of requests) {
    await resetRun(world, provisionId(reference));
    await world.client.workflow.getHandle(provisionId(reference)).terminate('a test');
  }
  await world.work();
  const found = await run('reconcile', '--json', ...QUICK);
  expect(found.code).toBe(3);
  const { counts, findings } = JSON.parse(found.out) as ReconcileReport;
  expect(counts).toMatchObject({ owned: 2, unclaimed: 2 });
  const numbers = leases.map(({ number }) => number);
  expect(findings.map(({ kind, number }) => [kind, number])).toEqual(
    expect.arrayContaining(numbers.map((number) => ['unclaimed', number])),
  );

  const [kept, dropped] = leases;
  expect((await world.leasehold.provision(requests[0]!)).leaseId).toBe(kept!.leaseId);
  const terminate = ['--unclaimed-policy', 'terminate', '--delay', '1s'];
  const acted = await run('reconcile', '--json', ...terminate, ...QUICK);
  expect(JSON.parse(acted.out)).toMatchObject({
    counts: { unclaimed: 1 },
    findings: [{ number: dropped!.number, action: 'terminating' }],
  });
  expect(await world.run(dropped!.number).result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number: kept!.number }]);
});

async function listed(world: DevWorld, count: number): Promise<void> {
  const active = async () => {
    let seen = 0;
    for await (const lease of world.leasehold.list({ state: 'active' })) seen += lease.number ? 1 : 0;
    return seen;
  };
  await until(`${count} leases are listed`, active, (seen) => seen === count);
}

test('where the policy says so the run of a ghost ends after the delay, but not one that is protected', async () => {
  const world = await devWorld();
  await world.work();
  const references = ['gone', 'kept', 'a', 'b', 'c'];
  const [gone, kept] = await Promise.all(
    references.map((reference) =>
      world.leasehold.provision({ reference, ...BRISK, protected: reference === 'kept' }),
    ),
  );
  await listed(world, references.length);
  for (const { number } of [gone!, kept!]) await world.simulator.controls.releaseByHand(number);
  const { run } = commandsOf(world);
  const args = ['--ghost-policy', 'terminate', '--delay', '1s', ...QUICK];
  const { findings } = JSON.parse((await run('reconcile', '--json', ...args)).out) as ReconcileReport;
  const done = Object.fromEntries(
    findings.map(({ number, action, failure }) => [number, [action, failure?.type]]),
  );
  expect(done).toEqual({
    [gone!.number]: ['terminating', undefined],
    [kept!.number]: ['refused', 'LeaseProtected'],
  });
  const result: LeaseResult = await world.run(gone!.number).result();
  expect(result).toMatchObject({
    releasedBy: 'vendor',
    reason: expect.stringMatching(/^reconcile: /) as string,
  });
  expect((await world.leasehold.lease(kept!.number).status()).state).toBe('active');
  expect((await world.simulator.controls.ledger()).open).toHaveLength(3);
});

test('a wrong use names what is wrong, and schedules nothing', async () => {
  const world = await devWorld();
  await world.work();
  const { run } = commandsOf(world);
  await run('reconcile', ...QUICK);
  const wrong: [string[], RegExp][] = [
    [['--policy', 'delete'], /Allowed choices are report, adopt, terminate/],
    [['--ignore', '555'], /ignore\[0\] must be an E\.164/],
    [['--at-most', '0'], /whole number from 1/],
    [['--every', 'soon'], /every must be a duration from 5s/],
    [['--every', '1s'], /every must be a duration from 5s/],
    [['--every', '1h', '--delay', 'soon'], /delay must be a duration/],
    [['--policy', 'terminate', '--term', '1h'], /term is not for the policy terminate/],
    [['--pause', '--resume'], /--pause and --resume cannot be given together/],
    [['--last', '--policy', 'adopt'], /--last is given alone/],
  ];
  for (const [args, words] of wrong) {
    const { code, err } = await run('reconcile', ...args);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toMatch(words);
  }
  const until = new Date(Date.now() + 60_000).toISOString();
  await expect(world.leasehold.scheduleReconcile({ every: '1h', until })).rejects.toMatchObject({
    type: 'InvalidRequest',
    field: 'until',
  });
  expect(await world.leasehold.reconcileSchedule()).toBeUndefined();
});
