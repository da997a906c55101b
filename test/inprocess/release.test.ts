import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import type { LeaseHandle, World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const lag = (milliseconds: number) => ({ minMs: milliseconds, maxMs: milliseconds });

test('a termination that takes half an hour is waited for with attention and proven', async ({ open }) => {
  const world = await open({ termination: lag(30 * MINUTE_MS) });
  await world.work();
  const lease = await world.leased({ reference: 'slow', terminateAfterMessages: true });
  await world.server.sleep(10 * MINUTE_MS);
  expect((await lease.status()).state).toBe('terminating');
  await world.server.sleep(10 * MINUTE_MS);
  const overdue = await lease.status();
  expect(overdue.state).toBe('attention');
  expect(overdue.attention?.message).toContain('is still leased 15m after its termination');
  const result = await lease.result();
  expect(result.releasedBy).toBe('us');
  const took = Date.parse(result.releasedAt!) - Date.parse(result.terminatedAt!);
  expect(took).toBeGreaterThanOrEqual(30 * MINUTE_MS - 1_000);
  expect(took).toBeLessThan(41 * MINUTE_MS);
  expect(result.polls).toBeLessThan(50);
});

test('a termination that never completes is asked for again, and completes once the vendor acts', async ({
  open,
}) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const lease = await world.leased({ reference: 'never', terminateAfterMessages: true });
  await world.server.sleep(6 * HOUR_MS);
  const { state, polls } = await lease.status();
  expect(state).toBe('attention');
  expect(polls).toBeLessThan(90);
  const asked = world.simulator.controls.calls()[ROUTE.terminate]!;
  expect(asked).toBeGreaterThan(10);
  expect(asked).toBeLessThan(26);
  world.simulator.controls.setTermination(lag(MINUTE_MS));
  const result = await lease.result();
  expect(result).toMatchObject({ releasedBy: 'us', leaseId: expect.stringMatching(/^lsd_/) as string });
});

test('polls back off to the longest wait that was asked for, and only grow past it later', async ({
  open,
}) => {
  const world = await open({ termination: lag(14 * MINUTE_MS) });
  await world.work();
  const releasePolling = { initial: '2s', backoff: 3, max: '1m' };
  const lease = await world.leased({ reference: 'polls', releasePolling, terminateAfterMessages: true });
  const { polls } = await lease.result();
  expect(polls).toBeGreaterThan(12);
  expect(polls).toBeLessThan(20);
});

test('the next termination waits about as long as the last ones took', async ({ open }) => {
  const world = await open({ termination: lag(5 * MINUTE_MS) });
  await world.work();
  const lives: number[] = [];
  for (const reference of ['first', 'second', 'third']) {
    const lease = await world.leased({ reference, terminateAfterMessages: true });
    lives.push((await lease.result()).polls);
  }
  expect(lives[0]).toBeGreaterThan(8);
  expect(lives[1]).toBeLessThan(5);
  expect(lives[2]).toBeLessThan(5);
});

test('a person who releases the number in the console is the one who released it', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'by-hand' });
  await world.simulator.controls.releaseByHand(lease.number);
  await lease.terminate();
  expect(await lease.result()).toMatchObject({ releasedBy: 'vendor', terminatedAt: null });
});

test('a person who leases the number again by hand keeps that lease', async ({ open }) => {
  const world = await open({ termination: lag(2 * MINUTE_MS) });
  await world.work();
  const lease = await world.leased({ reference: 'ours' });
  await lease.terminate();
  await world.server.sleep(1.5 * MINUTE_MS); // no call of ours can act any more
  await world.simulator.controls.releaseByHand(lease.number);
  const theirs = await world.simulator.controls.leaseByHand(lease.number);
  await world.attention(lease.number, 'disputed');
  await lease.resolve({ decision: 'not-ours', leaseId: theirs, by: 'test' });
  await lease.result();
  const { open: held } = await world.simulator.controls.ledger();
  expect(held).toMatchObject([{ leaseId: theirs, by: 'hand' }]);
});

test('a 404 from a box in between proves nothing, one of the vendor twice does', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults, termination: lag(2 * MINUTE_MS) });
  await world.work();
  const notFound = { phase: 'before', status: 404, body: '{"error":"Not Found"}' } as const;
  const lease = await world.leased({ reference: 'box' });
  faults.on(ROUTE.leased, notFound, 3).on(ROUTE.read, notFound, 3);
  await lease.terminate();
  const first = await lease.result();
  expect(took(first)).toBeGreaterThanOrEqual(2 * MINUTE_MS - 1_000);
  const gone = await world.leased({ reference: 'gone' });
  faults.clear();
  faults
    .on(ROUTE.leased, { phase: 'before', status: 404 }, 9)
    .on(ROUTE.read, { phase: 'before', status: 404 }, 9);
  world.simulator.controls.setTermination(lag(0));
  await gone.terminate();
  const second = await gone.result();
  expect(second.releasedBy).toBe('us');
  expect(second.polls).toBeGreaterThan(1);
});

test('a lease that the vendor ended in between is proven over', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({ reference: 'expired-there' });
  await world.simulator.controls.setLeaseStatus(lease.number, 'expired');
  await lease.terminate();
  await held(world, lease);
  expect((await lease.result()).releasedBy).toBe('us');
});

/** Shown as expired and still leased: that is not over. */
async function held(world: World, lease: LeaseHandle): Promise<void> {
  await world.soon('the termination', async () => (await lease.status()).state === 'terminating');
  expect((await world.simulator.controls.ledger()).open).toHaveLength(1);
}

function took({
  releasedAt,
  terminatedAt,
}: {
  releasedAt: string | null;
  terminatedAt: string | null;
}): number {
  return Date.parse(releasedAt!) - Date.parse(terminatedAt!);
}
