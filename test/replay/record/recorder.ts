import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { test } from 'vitest';
import type { ProvisionedLease } from '../../../client/index.js';
import { NAMES, type ProvisionRequest } from '../../../domain/contract.js';
import type { Fault, FaultPlan } from '../../../simulator/index.js';
import { BRISK, DevWorld, until, type DevWorldOptions } from '../../support/dev-world.js';

export const TEXT = { id: 'm1', to: '+12025550123', message: 'Hello' };

const { History } = temporal.api.history.v1;

/** Where the histories go; `npm test -- --record` says it. */
const folder = process.env.LEASEHOLD_RECORD ?? '';

interface RecordOptions extends DevWorldOptions {
  /** Types of the workflows to record; default: `manageLease` alone. */
  workflows?: string[];
}

/** Records the runs of the world, open ones included, once the scenario has brought them into its state. */
export function record(
  name: string,
  { workflows = [NAMES.manageLease], ...options }: RecordOptions,
  scenario: (world: DevWorld) => Promise<unknown>,
): void {
  test.concurrent(name, async () => {
    const world = await DevWorld.open(options);
    await world.work();
    try {
      await scenario(world);
      await write(world, name, workflows);
    } finally {
      await world.close();
    }
  });
}

async function write(world: DevWorld, name: string, workflows: string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const runs = (await world.allRuns())
    .filter(({ type }) => workflows.includes(type))
    .toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const many = new Map<string, number>();
  for (const { type, workflowId, runId } of runs) {
    const nth = (many.get(type) ?? 0) + 1;
    many.set(type, nth);
    const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const file = `${name}.${type}${nth === 1 ? '' : `-${nth}`}.binpb`;
    await writeFile(join(folder, file), History.encode(anonymous(history)).finish());
  }
}

/** Names of queues and workers carry the machine's, and stack traces its folders, which are nobody's business. */
function anonymous<T extends object>(message: T): T {
  for (const [key, field] of Object.entries(message) as [string, unknown][]) {
    if (key === 'stackTrace') Reflect.set(message, key, '');
    else if (typeof field === 'string') Reflect.set(message, key, field.replaceAll(hostname(), 'recorder'));
    else if (typeof field === 'object' && field !== null && !(field instanceof Uint8Array)) anonymous(field);
  }
  return message;
}

/** Provisions as briskly as the contract lets a caller. */
export const provision = (
  world: DevWorld,
  request: Partial<ProvisionRequest> = {},
): Promise<ProvisionedLease> => world.leasehold.provision({ reference: 'recorded', ...BRISK, ...request });

export async function giveBack(lease: ProvisionedLease): Promise<void> {
  await lease.terminate();
  await lease.released();
}

export const untilState = (lease: ProvisionedLease, state: string): Promise<unknown> =>
  until(
    `the lease is ${state}`,
    () => lease.status(),
    (status) => status.state === state,
  );

/** The first so many calls of a route go wrong in this way. */
export function faulty(route: string, fault: Fault, times = 1): FaultPlan {
  let left = times;
  return {
    decide: (call) => {
      if (call.route !== route || left === 0) return undefined;
      left -= 1;
      return fault;
    },
  };
}
