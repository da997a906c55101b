/** What waited in the task queue while no worker took activities is not sent later: it is too old after half a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateStage } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { offer } from '../../../activities/find-numbers.js';
import { createContiguity } from '../../../contiguity/index.js';
import { NAMES } from '../../../domain/contract.js';
import { leaseId } from '../../../domain/ids.js';
import type { ManageLeaseInput } from '../../../domain/lease-input.js';
import { termsOf } from '../../../domain/terms.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { replaying } from '../../support/servers.js';

const TO = '+12025550123';
const QUEUE_LIMIT_MS = 30_000;

/** A worker that leaves activities in their queue. Gives what stops it. */
async function workOnWorkflowsOnly({ namespace, taskQueue }: DevWorld): Promise<() => Promise<void>> {
  const { native: connection, name } = namespace;
  const worker = await Worker.create({ connection, namespace: name, taskQueue, ...replaying() });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}

/** As `acquireNumber` starts it, but for nobody. */
async function startLeaseRun({ client, simulator, taskQueue }: DevWorld): Promise<string> {
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  const { data } = await api.lease.available();
  const record = data.find(({ requirements }) => requirements.length === 0)!;
  const input: ManageLeaseInput = {
    reference: 'queued',
    provisionRunId: 'none',
    offer: offer(record),
    account: api.account,
    terms: termsOf({ reference: 'queued', ...BRISK }),
    messages: [],
  };
  await api.close();
  await client.workflow.start(NAMES.manageLease, {
    workflowId: leaseId(record.number),
    taskQueue,
    args: [input],
  });
  return record.number;
}

function scheduled(world: DevWorld, number: string, activity: string): Promise<unknown> {
  const names = async () => {
    const { events } = await world.run(number).fetchHistory();
    return events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  };
  return until(`${activity} is queued`, names, (scheduled) => scheduled?.includes(activity) ?? false);
}

test('a lease whose run was cancelled, and a text whose recipient said STOP, are not sent when workers are back', async () => {
  const world = await devWorld();
  const stopAll = await world.work();
  const { number } = await world.leasehold.provision({ reference: 'texts', ...BRISK });
  await stopAll();

  const stop = await workOnWorkflowsOnly(world);
  const cancelled = await startLeaseRun(world);
  const text = await world.run(number).startUpdate(NAMES.send, {
    args: [{ id: 'm', to: TO, message: 'Hello' }],
    waitForStage: WorkflowUpdateStage.ACCEPTED,
  });
  await Promise.all([scheduled(world, cancelled, 'leaseNumber'), scheduled(world, number, 'sendText')]);
  await stop();
  await world.run(cancelled).cancel();
  const optOut = { recipient: TO, optedOut: true, at: Date.now() };
  await world.run(number).signal(NAMES.optOutReported, optOut);
  await sleep(QUEUE_LIMIT_MS);

  await world.work();
  expect(await world.run(cancelled).result()).toMatchObject({ leaseId: null, reason: 'cancelled' });
  await expect(text.result()).rejects.toMatchObject({ cause: { type: 'OptedOut' } });
  expect((await world.entries('leased')).map((entry) => entry.number)).toEqual([number]);
  expect(await world.entries('text')).toEqual([]);
});
