/** What the Temporal UI shows of a lease: attributes to list and filter by, and the reasons on a run's page. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import {
  LEASE_EXPIRES_AT,
  LEASE_LABELS,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../../../domain/search-attributes.js';
import {
  addWithLabelsAsKeyword,
  BRISK,
  devWorld,
  newNamespace,
  until,
  type DevWorld,
} from '../../support/dev-world.js';
import { devServer } from '../../support/servers.js';
import { startWorkerProcess } from '../../support/worker-process.js';

const TEXT = { id: 'm1', to: '+12025550123', message: 'Hello' };

function attributes({
  typedSearchAttributes: given,
}: Pick<WorkflowExecutionDescription, 'typedSearchAttributes'>) {
  return {
    state: given.get(LEASE_STATE),
    number: given.get(LEASE_NUMBER),
    reference: given.get(LEASE_REFERENCE),
    expiresAt: given.get(LEASE_EXPIRES_AT)?.toISOString(),
    rate: given.get(LEASE_MONTHLY_RATE),
  };
}

/** Ids of the runs that Temporal lists for a query, once there are so many. */
const listed = (world: DevWorld, query: string, count: number) =>
  until(
    query,
    async () => {
      const ids: string[] = [];
      for await (const run of world.client.workflow.list({ query })) ids.push(run.workflowId);
      return ids;
    },
    (ids) => ids.length === count,
  );

/** Summaries on activities and timers, in the order of a history. */
async function summariesOf(world: DevWorld, workflowId: string): Promise<string[]> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
  });
}

test('each stage of a lease can be listed and filtered by', async () => {
  const world = await devWorld({ termination: 'never' });
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'seen', term: '30 days', ...BRISK });
  const run = () => world.run(lease.number).describe();
  const expiresAt = new Date(Date.parse(lease.leasedAt) + 30 * 86_400_000).toISOString();
  const rate = lease.billing.price?.monthlyRate;
  const facts = { number: lease.number, reference: 'seen', expiresAt, rate };
  expect(rate).toBeGreaterThan(0);
  expect(attributes(await run())).toEqual({ state: 'active', ...facts });
  const provision = await world.client.workflow.getHandle('provision/seen').describe();
  expect(attributes(provision)).toMatchObject({ state: 'leased', number: lease.number, reference: 'seen' });
  const id = `lease/${lease.number}`;
  await listed(world, `LeaseState = 'active' AND LeaseMonthlyRate > 0 AND LeaseReference = 'seen'`, 1);

  const { expiresAt: later } = await lease.extend({ term: '1 day' });
  expect(attributes(await run()).expiresAt).toBe(later);
  expect(await listed(world, `LeaseExpiresAt > '${expiresAt}'`, 1)).toEqual([id]);

  await lease.terminate({ reason: 'enough' });
  expect(await listed(world, `LeaseState = 'terminating' AND LeaseNumber = '${lease.number}'`, 1)).toEqual([
    id,
  ]);
  world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
  await world.simulator.controls.releaseByHand(lease.number);
  await lease.released();
  expect(await listed(world, `LeaseState = 'released'`, 1)).toEqual([id]);
});

test('leases can be listed by their labels, whatever is in them', async () => {
  const world = await devWorld();
  await world.work();
  const labels = { tenant: "O'Neil & Söhne (50%)", team: 'a=b' };
  const one = await world.leasehold.provision({ reference: 'one', labels, ...BRISK });
  await world.leasehold.provision({ reference: 'two', labels: { ...labels, tenant: 'acme' }, ...BRISK });
  await world.leasehold.provision({ reference: 'none', ...BRISK });
  const referencesOf = async (wanted: Record<string, string>) => {
    const found = [];
    for await (const lease of world.leasehold.list({ labels: wanted })) found.push(lease.reference);
    return found.sort();
  };
  await listed(world, `WorkflowType = 'manageLease'`, 3);
  expect(await referencesOf({ team: 'a=b' })).toEqual(['one', 'two']);
  expect(await referencesOf(labels)).toEqual(['one']);
  expect(await referencesOf({ tenant: 'ACME' })).toEqual([]);
  await expect(referencesOf({ tenant: 'a"' })).rejects.toMatchObject({ field: 'labels.tenant' });
  expect(await one.status()).toMatchObject({ labels });
  const run = await world.run(one.number).describe();
  expect(run.typedSearchAttributes.get(LEASE_LABELS)).toEqual([`team=a=b`, `tenant=${labels.tenant}`]);
  const unlabelled = await world.client.workflow.getHandle('provision/none').describe();
  expect(unlabelled.typedSearchAttributes.get(LEASE_LABELS)).toBeUndefined();
});

test('a program that starts a request with plain JSON gets its labels listed too', async () => {
  const world = await devWorld();
  await world.work();
  const start = (reference: string, labels: unknown) =>
    world.client.workflow.start('provisionLease', {
      workflowId: `provision/${reference}`,
      taskQueue: world.taskQueue,
      args: [{ reference, labels, terminateAfterMessages: true, ...BRISK }],
    });
  const leased = (await (await start('plain', { tenant: 'acme' })).result()) as { number: string };
  const wrong = await start('wrong', { tenant: 'a'.repeat(3_000) });
  await expect(wrong.result()).rejects.toMatchObject({ cause: { type: 'InvalidRequest' } });
  const ids = [`lease/${leased.number}`, 'provision/plain'];
  expect((await listed(world, `LeaseLabels = 'tenant=acme'`, 2)).sort()).toEqual(ids);
  expect(await world.run(leased.number).result()).toMatchObject({ labels: { tenant: 'acme' } });
});

test('a failed request shows its state, its reference and why', async () => {
  const world = await devWorld();
  await world.work();
  const provision = await world.leasehold.startProvision({
    reference: 'no-such',
    number: '+19995550000',
    ...BRISK,
  });
  await expect(provision.result()).rejects.toMatchObject({ type: 'NumberUnavailable' });
  const run = await world.client.workflow.getHandle('provision/no-such').describe();
  expect(attributes(run)).toMatchObject({ state: 'failed', reference: 'no-such' });
});

test('a run says on its page whose it is, what it did and what it waits for', async () => {
  const world = await devWorld({ termination: { minMs: 1_500, maxMs: 1_500 } });
  await world.work();
  const lease = await world.leasehold.provision({
    reference: 'readable',
    messages: [TEXT],
    term: '30 days',
    ...BRISK,
  });
  const { number } = lease;
  const run = await world.run(number).describe();
  expect(run.memo).toMatchObject({ reference: 'readable', provisionRunId: expect.any(String) as string });
  expect(await run.staticSummary()).toContain(`${number} for readable`);
  expect(await run.staticDetails()).toContain('readable');
  const provision = await world.client.workflow.getHandle('provision/readable').describe();
  expect(provision.memo).toHaveProperty('requestDigest');
  expect(await provision.staticSummary()).not.toBe('');

  const details = await until(
    'the text is sent',
    () => currentDetails(world, number),
    (said) => said.includes('1 sent'),
  );
  expect(details).toContain(number);
  expect(details).toContain('`readable`');
  expect(details).toContain('a month');
  await lease.terminate();
  await lease.released();

  const summaries = (await summariesOf(world, `lease/${number}`)).join('\n');
  expect(summaries).toContain(`lease and verify ${number}`);
  expect(summaries).toContain('send message m1');
  expect(summaries).toContain('the lease expires');
  expect(summaries).toContain(`terminate ${number}`);
  expect(summaries).toContain(`looking whether ${number} is released`);
  expect((await summariesOf(world, 'provision/readable')).join('\n')).toContain(`acquire ${number}`);
});

/** The query by which the UI reads a run's current details. */
async function currentDetails(world: DevWorld, number: string): Promise<string> {
  const metadata = await world.run(number).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

test('a worker does not start where a search attribute has a wrong type, and names it', async () => {
  const namespace = await newNamespace(devServer().address, false);
  await addWithLabelsAsKeyword(namespace);
  const env = {
    TEMPORAL_ADDRESS: namespace.address,
    TEMPORAL_NAMESPACE: namespace.name,
    CONTIGUITY_BASE_URL: 'http://127.0.0.1:9',
    CONTIGUITY_API_KEY: 'unused',
  };
  const started = startWorkerProcess(env);
  onTestFinished(async () => {
    await started.then(
      (worker) => worker.kill(),
      () => undefined,
    );
    await namespace.close();
  });
  const outcome = started.then(
    () => 'started',
    (error: unknown) => String(error),
  );
  expect(await outcome).toMatch(/LeaseLabels must be KeywordList/);
});

test('a worker does not start where search attributes are missing, and names them', async () => {
  const namespace = await newNamespace(devServer().address, false);
  const env = {
    TEMPORAL_ADDRESS: namespace.address,
    TEMPORAL_NAMESPACE: namespace.name,
    CONTIGUITY_BASE_URL: 'http://127.0.0.1:9',
    CONTIGUITY_API_KEY: 'unused',
  };
  const refusal = startWorkerProcess(env);
  await expect(refusal).rejects.toThrow(
    /LeaseState.*LeaseNumber.*LeaseReference.*LeaseExpiresAt.*LeaseMonthlyRate/,
  );
  await expect(refusal).rejects.toThrow('doctor --fix');
  await expect(refusal).rejects.not.toThrow('unused');
  await namespace.close();
});
