/** Runs that belong to somebody's trace: each of their steps carries it on, whether or not their worker traces anything. */
import { NAMES } from '../../../domain/contract.js';
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Leasehold } from '../../../client/index.js';
import type { DevWorld } from '../../support/dev-world.js';
import { BRISK } from '../../support/dev-world.js';
import { giveBack, record, TEXT } from './recorder.js';

const trace = { traceparent: `00-${'4b'.repeat(16)}-${'b7'.repeat(8)}-01` };
const header = { '_tracer-data': defaultPayloadConverter.toPayload(trace) };

const carrying: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => next({ ...input, headers: { ...input.headers, ...header } }),
  startUpdate: (input, next) => next({ ...input, headers: { ...input.headers, ...header } }),
};

function traced({ client, namespace, taskQueue }: DevWorld): Leasehold {
  const { connection } = client;
  const interceptors = { workflow: [carrying] };
  return new Leasehold(
    new Client({ connection, namespace: namespace.name, interceptors }),
    { taskQueue },
    {},
  );
}

record('traced', { workflows: [NAMES.provisionLease, NAMES.manageLease] }, async (world) => {
  const lease = await traced(world).provision({ reference: 'recorded', ...BRISK });
  await lease.send(TEXT);
  await giveBack(lease);
});

record('traced-later', {}, async (world) => {
  const { number } = await world.leasehold.provision({ reference: 'recorded', ...BRISK });
  const lease = traced(world).lease(number);
  await lease.send(TEXT);
  await lease.terminate();
  await lease.released();
});
