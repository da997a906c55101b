import { expect, test } from 'vitest';
import type { LeaseResult } from '../../domain/contract.js';
import type { ReconcileReport } from '../../domain/reconciliation.js';
import { commandsOf } from '../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';

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

async function listed(world: DevWorld, count: number): Promise<void> {
  const active = async () => {
    let seen = 0;
    for await (const lease of world.leasehold.list({ state: 'active' })) seen += lease.number ? 1 : 0;
    return seen;
  };
  await until(`${count} leases are listed`, active, (seen) => seen === count);
}
