import { expect, test } from 'vitest';
import { LeaseholdError } from '../../client/index.js';
import { SPENDING_BOOK_ID } from '../../domain/ids.js';
import type { SpendingFigures } from '../../domain/spending.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { runCommand } from '../support/commands.js';

const ALL_ENTITLEMENTS = { imessage: true, whatsapp: true, enterprise: true };

/** `work` so many times at once: the failures, and how many did not fail. */
async function together(count: number, work: (index: number) => Promise<unknown>) {
  const settled = await Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));
  const failures = settled.flatMap((one) => {
    if (one.status === 'fulfilled') return [];
    if (one.reason instanceof LeaseholdError) return [one.reason];
    throw one.reason;
  });
  return { failures, done: count - failures.length };
}

function leasehold(world: DevWorld, ...args: string[]) {
  return runCommand(args, world.env);
}

function untilActive(world: DevWorld, count: number): Promise<unknown> {
  const listed = async () => {
    let active = 0;
    for await (const lease of world.leasehold.list({ state: 'active' })) active += lease.number ? 1 : 0;
    return active;
  };
  return until(`${count} leases are listed as active`, listed, (active) => active === count);
}

async function figures(world: DevWorld, ...args: string[]): Promise<SpendingFigures> {
  const { code, out } = await leasehold(world, 'limits', '--json', ...args);
  expect(code).toBe(0);
  return JSON.parse(out) as SpendingFigures;
}

test('of 20 provisions at once against a limit of 5 exactly 5 lease, the others are told the figures', async () => {
  const limits = { account: { maxLeases: 5 } };
  const world = await devWorld({ inventorySize: 50, entitlements: ALL_ENTITLEMENTS, limits });
  await world.work();
  const { failures, done } = await together(20, (index) =>
    world.leasehold.provision({ reference: `one-of-20-${index}`, ...BRISK }),
  );
  expect(done).toBe(5);
  for (const { type, limit } of failures) {
    expect(type).toBe('LimitExceeded');
    expect(limit).toEqual({ scope: 'account', kind: 'leases', used: 5, asked: 1, most: 5 });
  }
  expect(await world.entries('leased')).toHaveLength(5);
  expect((await figures(world)).scopes[0]).toMatchObject({ scope: 'account', leases: 5, maxLeases: 5 });
  expect((await leasehold(world, 'limits')).out).toMatch(/account .* 5 of 5 /);

  const { open } = await world.simulator.controls.ledger();
  const lease = world.leasehold.lease(open[0]!.number);
  await lease.terminate();
  await lease.released();
  const again = await together(5, (index) =>
    world.leasehold.provision({ reference: `one-of-5-${index}`, ...BRISK }),
  );
  expect(again.done).toBe(1);
});

test('leases from before there were limits count, until they are over', async () => {
  const world = await devWorld();
  const stop = await world.work();
  const before = await world.leasehold.provision({ reference: 'before', ...BRISK });
  await stop();
  await untilActive(world, 1);
  world.limits = { account: { currency: 'USD', maxLeases: 1 } };
  await world.work();
  const refused = await together(1, () => world.leasehold.provision({ reference: 'no room', ...BRISK }));
  expect(refused.failures[0]?.limit).toMatchObject({ used: 1, most: 1 });
  const { scopes } = await figures(world);
  const { currency, monthlyRate } = before.billing.price!;
  expect(scopes[0]).toMatchObject({ leases: 1, monthly: { [currency]: monthlyRate } });
  await before.terminate();
  await before.released();
  await figures(world, '--rebuild');
  await world.leasehold.provision({ reference: 'room', ...BRISK });
});

test('a book that was killed is written anew from the open runs', async () => {
  const world = await devWorld({ limits: { account: { maxLeases: 3 } } });
  await world.work();
  await together(2, (index) => world.leasehold.provision({ reference: `lease-${index}`, ...BRISK }));
  await untilActive(world, 2);
  await world.client.workflow.getHandle(SPENDING_BOOK_ID).terminate('by a slip of the hand');
  const { failures, done } = await together(4, (index) =>
    world.leasehold.provision({ reference: `after-${index}`, ...BRISK }),
  );
  expect([done, failures.length]).toEqual([1, 3]);
  expect((await figures(world)).scopes[0]).toMatchObject({ leases: 3, unpriced: 0 });
});

test('the room of a run that was killed is free again when an operator says so', async () => {
  const world = await devWorld({ limits: { account: { maxLeases: 1 } } });
  await world.work();
  const { number } = await world.leasehold.provision({ reference: 'killed', ...BRISK });
  await world.run(number).terminate('by a slip of the hand');
  await world.simulator.controls.releaseByHand(number);
  const refused = await together(1, () => world.leasehold.provision({ reference: 'no room', ...BRISK }));
  expect(refused.done).toBe(0);
  expect((await figures(world, '--rebuild')).scopes[0]).toMatchObject({ leases: 0 });
  await world.leasehold.provision({ reference: 'room', ...BRISK });
});

test('a book that somebody cancels goes on granting and counting', async () => {
  const world = await devWorld({ limits: { account: { maxLeases: 2 } } });
  await world.work();
  await world.leasehold.provision({ reference: 'first', ...BRISK });
  await untilActive(world, 1);
  await world.client.workflow.getHandle(SPENDING_BOOK_ID).cancel();
  await world.leasehold.provision({ reference: 'second', ...BRISK });
  await untilActive(world, 2);
  expect((await figures(world, '--rebuild')).scopes[0]).toMatchObject({ leases: 2 });
});

test('a pass of reconcile frees the room of a run that was killed, once its number is not leased', async () => {
  const world = await devWorld({ limits: { account: { maxLeases: 1 } } });
  await world.work();
  const { number } = await world.leasehold.provision({ reference: 'killed', ...BRISK });
  await world.run(number).terminate('by a slip of the hand');
  const counted = async () => (await figures(world)).scopes[0]?.leases;
  await world.leasehold.reconcile({ confirmAfter: '1s' });
  expect(await counted()).toBe(1); // it is leased
  await world.simulator.controls.releaseByHand(number);
  await world.leasehold.reconcile({ confirmAfter: '1s' });
  expect(await counted()).toBe(1); // what the run has sent may still lease it
});

test('where nothing is limited, there is nothing to show', async () => {
  const world = await devWorld();
  await world.work();
  await world.leasehold.provision({ reference: 'free', ...BRISK });
  expect(await figures(world)).toEqual({ scopes: [] });
  const runs = await world.allRuns();
  expect(runs.map(({ type }) => type).sort()).toEqual(['manageLease', 'provisionLease']);
});
