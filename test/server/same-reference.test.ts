/** All runs of one reference: what an earlier one leased is the answer, or counts. */
import { expect, test } from 'vitest';
import { LeaseholdError, type ListOptions } from '../../client/index.js';
import { listedCheap } from '../support/listed-cheap.js';
import { NAMES, type ProvisionStatus } from '../../domain/contract.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { resetRun } from '../support/reset.js';
import { Plan, ROUTE } from '../support/plan.js';

/** Temporal's list of runs is a moment old. */
async function listed(world: DevWorld, options: ListOptions): Promise<void> {
  const count = async () => {
    let seen = 0;
    for await (const lease of world.leasehold.list(options)) seen += lease.number ? 1 : 0;
    return seen;
  };
  await until('the lease is listed', count, (seen) => seen === 1);
}

test('a completed provision that is reset answers with the lease that it made', async () => {
  const world = await devWorld();
  await world.work();
  const first = await world.leasehold.provision({ reference: 'reset', ...BRISK });
  await listed(world, { reference: 'reset', state: 'active' });
  await resetRun(world, provisionId('reset'));
  const again: unknown = await world.client.workflow.getHandle(provisionId('reset')).result();
  expect(again).toMatchObject({ number: first.number, leaseId: first.leaseId });
  expect(await world.entries('leased')).toHaveLength(1);
});

test('a provision that is reset to its choice, after its number was released, leases nothing again', async () => {
  const world = await devWorld();
  await world.work();
  const first = await world.leasehold.provision({ reference: 'released', ...BRISK });
  await first.terminate();
  await first.released();
  const provision = world.client.workflow.getHandle(provisionId('released'));
  const { events } = await provision.fetchHistory();
  const chosen = events?.find(
    ({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'acquireNumber',
  );
  await resetRun(world, provisionId('released'), Number(chosen?.eventId));
  const again: unknown = await provision.result();
  expect(again).toMatchObject({ number: first.number, leaseId: first.leaseId });
  expect(await world.entries('leased')).toHaveLength(1);
});

test('a lease run that is reset is as old as it was before', async () => {
  const world = await devWorld();
  await world.work();
  const { number } = await world.leasehold.provision({ reference: 'aged', ...BRISK });
  await resetRun(world, leaseId(number));
  const status = await until(
    'the run shows its state',
    () => world.leasehold.lease(number).status(),
    ({ log }) => log.length > 0,
  );
  expect(JSON.stringify(status)).not.toContain('too late');
});

test('a request whose provision was killed is answered with the lease that it had made', async () => {
  const world = await devWorld();
  const stop = await world.work();
  const request = { reference: 'killed', ...BRISK };
  const lease = await world.leasehold.provision(request);
  await listed(world, { reference: 'killed', state: 'active' });
  await stop();
  await resetRun(world, provisionId('killed'));
  await world.client.workflow.getHandle(provisionId('killed')).terminate('a test');
  await world.work();
  const again = await world.leasehold.provision(request);
  expect(again.leaseId).toBe(lease.leaseId);
  expect((await again.status()).state).toBe('active');
  expect(await world.entries('leased')).toHaveLength(1);
});

test('an attempt that is cancelled while it waits for the run of an earlier one has it release its number', async () => {
  const faults = new Plan();
  const world = await devWorld({ faults });
  await world.work();
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, Number.POSITIVE_INFINITY);
  const request = { reference: 'twice', ...BRISK };
  const attempt = () => world.client.workflow.getHandle(provisionId('twice'));
  await world.leasehold.startProvision(request);
  const leased = await until(
    'the lease',
    () => world.entries('leased'),
    (entries) => entries.length === 1,
  );
  const { number } = leased[0]!;
  await listed(world, { reference: 'twice' });
  await attempt().terminate('a test');
  await world.leasehold.startProvision(request);
  const status = () => attempt().query<ProvisionStatus>(NAMES.status);
  await until('it is joined', status, ({ candidates }) => candidates.length === 1);
  await attempt().cancel();
  await expect(attempt().result()).rejects.toThrow('cancelled');
  faults.clear();
  expect(await world.run(number).result()).toMatchObject({ reason: 'cancelled', releasedBy: 'us' });
  expect(await world.entries('leased')).toHaveLength(1);
});

test('what an attempt that failed has leased counts for the next one of the same reference', async () => {
  const faults = new Plan();
  const world = await devWorld({ faults });
  await world.work();
  await listedCheap(faults, world.simulator);
  const limits = { currency: 'USD', maxMonthlyRate: 0.2 } as const;
  const request = { reference: 'counted', limits, maxNumbersLeased: 1, ...BRISK };
  for (const attempt of [1, 2]) {
    const error = await world.leasehold.provision(request).catch((thrown: unknown) => thrown);
    expect({ attempt, error }).toMatchObject({ error: expect.any(LeaseholdError) as unknown });
    expect(error).toMatchObject({ type: 'LimitExceeded', field: 'maxNumbersLeased' });
    await listed(world, { reference: 'counted', state: 'released' });
  }
  expect(await world.entries('leased')).toHaveLength(1);
});
