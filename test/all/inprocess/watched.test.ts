/** A run that waits for its release while its worker looks at the list for it. */
import { expect } from 'vitest';
import { leaseId } from '../../../domain/ids.js';
import { WAKE } from '../../../domain/lease-input.js';
import { test } from '../../support/fixture.js';
import type { LeaseHandle, World } from '../../support/harness.js';
import { ROUTE } from '../../support/plan.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const lag = (milliseconds: number) => ({ minMs: milliseconds, maxMs: milliseconds });

/** It says that it watches, and no test lasts until it looks: as if it were gone. */
const NEVER_LOOKS = { watchEveryMs: HOUR_MS };
const PATIENT = { terminateAfterMessages: true, releasePolling: { max: '1h' } };

async function watched(world: World, polling: object = {}): Promise<LeaseHandle> {
  await world.work();
  const releasePolling = { ...PATIENT.releasePolling, ...polling };
  const lease = await world.leased({ ...PATIENT, reference: 'watched', releasePolling });
  await world.later('it has looked once', SECOND_MS, async () => (await lease.status()).polls === 1);
  return lease;
}

const wake = (world: World, { number }: LeaseHandle) =>
  world.server.client.workflow.getHandle(leaseId(number)).signal(WAKE);

test('its worker wakes it as soon as the lease is off the list, long before its own next look', async ({
  open,
}) => {
  const world = await open({ termination: lag(MINUTE_MS), watchEveryMs: 50 });
  const lease = await watched(world);
  await world.server.sleep(MINUTE_MS);
  await world.soon('it has looked again', async () => (await lease.status()).polls === 2);
  const { polls, releasedAt, terminatedAt } = await lease.result();
  expect(polls).toBe(2);
  expect(Date.parse(releasedAt!) - Date.parse(terminatedAt!)).toBeLessThan(2 * MINUTE_MS);
});

test('its worker wakes it before its first look, where that is as far away as others took', async ({
  open,
}) => {
  const world = await open({ termination: lag(10 * MINUTE_MS), watchEveryMs: 50 });
  await watched(world).then((first) => first.result());
  world.simulator.controls.setTermination(lag(SECOND_MS));
  const { releasePolling } = PATIENT;
  const lease = await world.leased({ reference: 'quicker', releasePolling });
  await world.server.sleep(5 * MINUTE_MS); // before that no read can prove a release
  await lease.terminate();
  await world.server.sleep(2 * SECOND_MS);
  await world.soon('it has looked', async () => (await lease.status()).polls === 1);
  const { polls, releasedAt, terminatedAt } = await lease.result();
  expect(polls).toBe(1);
  expect(Date.parse(releasedAt!) - Date.parse(terminatedAt!)).toBeLessThan(2 * MINUTE_MS);
});

test('it looks by itself every five minutes where nobody wakes it', async ({ open }) => {
  const world = await open({ termination: lag(12 * MINUTE_MS), ...NEVER_LOOKS });
  const { polls, releasedAt, terminatedAt } = await (await watched(world)).result();
  expect(polls).toBe(4);
  const took = Date.parse(releasedAt!) - Date.parse(terminatedAt!);
  expect(took).toBeGreaterThan(15 * MINUTE_MS);
  expect(took).toBeLessThan(16 * MINUTE_MS);
});

test('it asks again in time, and says that somebody should look', async ({ open }) => {
  const world = await open({ termination: 'never', ...NEVER_LOOKS });
  const lease = await watched(world, { escalateAfter: '3m' });
  await world.server.sleep(3 * MINUTE_MS);
  await world.soon('it asks again', () => world.simulator.controls.calls()[ROUTE.terminate] === 2);
  expect((await lease.status()).state).toBe('attention');
  world.simulator.controls.setTermination(lag(SECOND_MS));
  expect((await lease.result()).releasedBy).toBe('us');
});

test('one that is woken for nothing looks once, and waits on', async ({ open }) => {
  const world = await open({ termination: lag(4 * MINUTE_MS), ...NEVER_LOOKS });
  const lease = await watched(world);
  await wake(world, lease);
  await world.soon('it has looked again', async () => (await lease.status()).polls === 2);
  expect((await lease.status()).state).toBe('terminating');
  expect((await lease.result()).polls).toBe(3);
});

test('a wake that comes when nothing is waited for changes nothing', async ({ open }) => {
  const world = await open({ termination: lag(SECOND_MS), ...NEVER_LOOKS });
  await world.work();
  const lease = await world.leased({ reference: 'awake' });
  await wake(world, lease);
  expect((await lease.status()).state).toBe('active');
  await lease.terminate();
  expect((await lease.result()).releasedBy).toBe('us');
});

test('who wants to be told sooner than the worker looks is not watched, and looks as often as he asked', async ({
  open,
}) => {
  const world = await open({ termination: lag(2 * MINUTE_MS), ...NEVER_LOOKS });
  await world.work();
  const releasePolling = { max: '10s' };
  const lease = await world.leased({ reference: 'eager', releasePolling, terminateAfterMessages: true });
  expect((await lease.result()).polls).toBeGreaterThan(10);
});
