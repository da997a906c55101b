/** Payloads that other programs put into a run: it leaves them out, and goes on with send, extend and release. */
import { temporal } from '@temporalio/proto';
import { expect, onTestFinished, test } from 'vitest';
import { connectToTemporal } from '../../client/connection.js';
import { Leasehold, type LeaseSummary } from '../../client/index.js';
import { KEYS_VARIABLE, newKey } from '../../codec/keys.js';
import { NAMES } from '../../domain/contract.js';
import { leaseId } from '../../domain/ids.js';
import { WAKE } from '../../domain/lease-input.js';
import { commandsOf } from '../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { Plan, ROUTE } from '../support/plan.js';
import { startWorkerProcess } from '../support/worker-process.js';

const COMPLETED =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage
    .UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;
const TO = '+12025550123';
const JUNK = {
  'json/protobuf': ['json/protobuf', '{"messageId":"m"}'],
  'broken JSON': ['json/plain', '{"messageId":'],
  'an unknown encoding': ['binary/unheard-of', 'x'],
  'no data': ['json/plain', ''],
  'encrypted with no key': ['binary/encrypted', 'x'],
} as const;
const SIGNALS = [NAMES.deliveryReported, NAMES.optOutReported, NAMES.numberSubstituted, WAKE];

async function signalRaw(
  { client, namespace }: DevWorld,
  number: string,
  signalName: string,
  [encoding, data]: readonly [string, string],
  metadata: Record<string, Uint8Array> = {},
): Promise<void> {
  const payload = { metadata: { ...metadata, encoding: Buffer.from(encoding) }, data: Buffer.from(data) };
  await client.workflowService.signalWorkflowExecution({
    namespace: namespace.name,
    workflowExecution: { workflowId: leaseId(number) },
    signalName,
    input: { payloads: [payload] },
    header: { fields: { '_tracer-data': payload } },
  });
}

/** Completes the activity of this type that is under way, as `temporal activity complete` does. */
async function completeByHand(world: DevWorld, number: string, type: string, result: unknown): Promise<void> {
  const workflowId = leaseId(number);
  const { activityId } = await until(
    `${type} is under way`,
    async () => {
      const run = await world.client.workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => undefined);
      const pending = run?.raw.pendingActivities ?? [];
      return pending.find(({ activityType }) => activityType?.name === type) ?? {};
    },
    (pending) => Boolean(pending.activityId),
  );
  await world.client.activity.complete({ workflowId, activityId: activityId! }, result);
}

test('a lease goes on after signals that do not decode, and records them', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'junk-signals', term: '1h', ...BRISK });
  for (const payload of Object.values(JUNK))
    for (const name of SIGNALS) await signalRaw(world, lease.number, name, payload);
  expect(await lease.send({ id: 'm1', to: TO, message: 'Hello' })).toMatchObject({ outcome: 'sent' });
  await lease.extend({ term: '1h' });
  const { log } = await lease.status();
  const left = log.filter(({ text }) => text.includes('is left out'));
  expect(left).toHaveLength(3 * Object.keys(JUNK).length);
  await lease.terminate();
  await lease.released();
});

test('an update or a query whose arguments do not decode is refused', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'junk-updates', ...BRISK });
  const payload = { metadata: { encoding: Buffer.from('json/protobuf') }, data: Buffer.from('{}') };
  const execution = { workflowId: leaseId(lease.number) };
  for (const name of [NAMES.terminate, NAMES.extend, NAMES.send, NAMES.restore]) {
    const { outcome } = await world.client.workflowService.updateWorkflowExecution({
      namespace: world.namespace.name,
      workflowExecution: execution,
      waitPolicy: { lifecycleStage: COMPLETED },
      request: { meta: { updateId: name }, input: { name, args: { payloads: [payload] } } },
    });
    expect(outcome?.failure?.applicationFailureInfo?.type).toBe('InvalidRequest');
  }
  const query = world.client.workflowService.queryWorkflow({
    namespace: world.namespace.name,
    execution,
    query: { queryType: NAMES.planTerminate, queryArgs: { payloads: [payload] } },
  });
  await expect(query).rejects.toThrow(/cannot be decoded/);
  await lease.terminate();
  await lease.released();
});

for (const [what, result] of [
  ['JSON that says something else', { outcome: 'junk' }],
  [
    'JSON that looks like an answer',
    { outcome: 'refused', call: { call: 'x', message: 'x', neverSent: true } },
  ],
  ['nothing', undefined],
] as const) {
  test(`a result put in by hand says nothing of what was done: ${what}`, async () => {
    const faults = new Plan();
    const world = await devWorld({ faults });
    await world.work();
    const [number = ''] = await world.available();
    faults.on(ROUTE.lease, { phase: 'answering', delayMs: 1_500 });
    faults.on(ROUTE.send, { phase: 'answering', delayMs: 1_500 });
    faults.on(ROUTE.terminate, { phase: 'answering', delayMs: 1_500 });
    const provisioning = world.leasehold.provision({ reference: 'junk-results', number, ...BRISK });
    await completeByHand(world, number, 'leaseNumber', result);
    const lease = await provisioning;
    const sending = lease.send({ id: 'm1', to: TO, message: 'Hello' });
    await completeByHand(world, number, 'sendText', result);
    expect(['sent', 'unknown']).toContain((await sending).outcome);
    await lease.terminate();
    await completeByHand(world, number, 'terminateLease', result);
    await lease.released();
    expect(await world.entries('leased')).toHaveLength(1);
    expect(await world.entries('text')).toHaveLength(1);
  });
}

test('a signal that says it is encrypted, and is not, is left out by a worker with keys', async () => {
  const world = await devWorld({ keys: newKey('k1') });
  const worker = await startWorkerProcess(world.env, 60_000);
  onTestFinished(() => worker.stop().then(() => undefined));
  const lease = await world.leasehold.provision({ reference: 'not-encrypted', ...BRISK });
  const keyId = { 'encryption-key-id': Buffer.from('k1') };
  const encrypted = ['binary/encrypted', 'x'] as const;
  await signalRaw(world, lease.number, NAMES.optOutReported, encrypted, keyId);
  await signalRaw(world, lease.number, NAMES.optOutReported, encrypted);
  expect((await lease.status()).log.filter(({ text }) => text.includes('is left out'))).toHaveLength(2);
  await lease.terminate();
  await lease.released();
});

test('a run that this process cannot decrypt counts as holding its number, and fails nothing else', async () => {
  const keys = newKey('k1');
  const world = await devWorld({ limits: { account: { maxLeases: 2 } } });
  const worker = await startWorkerProcess({ ...world.env, [KEYS_VARIABLE]: keys }, 60_000);
  const temporal = await connectToTemporal({ env: { ...world.env, [KEYS_VARIABLE]: keys } });
  onTestFinished(() => temporal.connection.close());
  const encrypting = new Leasehold(temporal, { taskQueue: world.taskQueue }, {});
  const closed = await encrypting.provision({ reference: 'closed', ...BRISK });
  await worker.stop();

  await world.work(); // without keys
  const open = await world.leasehold.provision({ reference: 'open', ...BRISK });
  const listed = await until(
    'both are listed',
    async () => {
      const found: LeaseSummary[] = [];
      for await (const lease of world.leasehold.list()) found.push(lease);
      return found;
    },
    (found) => found.length === 2,
  );
  expect(listed.map(({ number, unreadable }) => [number, unreadable !== undefined])).toEqual([
    [open.number, false],
    [closed.number, true],
  ]);
  const { out, code } = await commandsOf(world).run('list');
  expect(code).toBe(0);
  expect(out).toContain(`${closed.number} cannot be read here: Unknown encoding: binary/encrypted`);

  const { counts, findings } = await world.leasehold.reconcile({ confirmAfter: '1s' });
  expect(findings).toEqual([]);
  expect(counts).toMatchObject({ leased: 2, owned: 2, orphan: 0 });
  const { scopes } = await world.leasehold.rebuildLimits();
  expect(scopes[0]).toMatchObject({ leases: 2, unpriced: 1 });
  await expect(world.leasehold.provision({ reference: 'third', ...BRISK })).rejects.toMatchObject({
    type: 'LimitExceeded',
  });
  await expect(world.leasehold.lease(closed.number).status()).rejects.toMatchObject({ type: 'NotSetUp' });
  world.keys = keys; // to replay them all
});
