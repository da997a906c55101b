import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createContiguity, isVendorsApi, REAL_BASE_URL, type Contiguity } from '../../contiguity/index.js';
import { readEndpoints, stackFolder, type Endpoints } from '../../embedded/endpoints.js';
import { ROOT } from '../../embedded/project.js';
import { DEPLOYMENT } from '../../worker/version.js';
import { connectToTemporal } from '../connection.js';
import { Deployment } from '../deployment.js';
import { startTracingIfOn } from '../../tracing/settings.js';
import { Leasehold } from '../leasehold.js';
import type { SpendingOptions, TemporalOptions } from './command.js';
import type { Io, Terminal } from './terminal.js';
import { WrongUse } from './wrong-use.js';

/** Which Temporal and which API a command works with: the embedded stack's while it runs, else the environment's. */
export interface Place {
  env: NodeJS.ProcessEnv;
  stack: Endpoints | undefined;
}

export async function findPlace(io: Io, terminal: Terminal, options: TemporalOptions): Promise<Place> {
  const { env } = io;
  if (options.temporalFromEnv || env.TEMPORAL_ADDRESS) return { env, stack: undefined };
  const stack = await readEndpoints(ROOT);
  if (!stack) return { env, stack };
  terminal.note(
    `(using the stack that runs here: Temporal ${stack.temporalAddress}, API ${stack.simulatorUrl})`,
  );
  return { env: stackEnv(env, stack), stack };
}

/** The environment as the stack's own worker has it: nothing else of Temporal's settings, their file included, counts. */
export function stackEnv(env: NodeJS.ProcessEnv, stack: Endpoints): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
    TEMPORAL_CONFIG_FILE: join(stackFolder(ROOT), 'no-temporal.toml'), // not there: an empty one is an error to the SDK
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: stack.namespace,
    TEMPORAL_UI_URL: env.TEMPORAL_UI_URL ?? stack.uiUrl,
    CONTIGUITY_BASE_URL: stack.simulatorUrl,
    CONTIGUITY_API_KEY: stack.apiKey,
  };
}

/** Nothing that can spend talks to the real API by accident. */
export function assertMaySpend({ env }: Place, { live }: Pick<SpendingOptions, 'live'>): void {
  if (live || !isVendorsApi(env.CONTIGUITY_BASE_URL)) return;
  throw new WrongUse(
    `this can spend money at ${REAL_BASE_URL}: give --live to allow it, set CONTIGUITY_BASE_URL to another API, or run \`leasehold dev\` to try it without money`,
  );
}

/** A library that is closed again whatever the work comes to. */
export async function withLeasehold(
  { env }: Place,
  { uiUrl }: TemporalOptions,
  work: (leasehold: Leasehold) => Promise<void>,
): Promise<void> {
  const tracing = await startTracingIfOn(env, 'leasehold');
  const client = await connectToTemporal({ env, tracing: tracing !== undefined });
  const leasehold = new Leasehold(client, uiUrl === undefined ? {} : { uiUrl }, env);
  try {
    await work(leasehold);
  } finally {
    await leasehold.close();
    await tracing?.close();
  }
}

/** The versions of the workers, by a client that is closed again whatever the work comes to. */
export async function withDeployment(
  { env }: Place,
  work: (deployment: Deployment, client: Client) => Promise<void>,
): Promise<void> {
  const client = await connectToTemporal({ env });
  try {
    await work(new Deployment(client, env.LEASEHOLD_DEPLOYMENT || DEPLOYMENT), client);
  } finally {
    await client.connection.close();
  }
}

export function openApi({ env }: Place): Contiguity {
  const { CONTIGUITY_API_KEY: apiKey, CONTIGUITY_BASE_URL: baseUrl } = env;
  if (!apiKey) throw new WrongUse('CONTIGUITY_API_KEY is not set: the API key of the Contiguity account');
  try {
    return createContiguity({ apiKey, ...(baseUrl && { baseUrl }) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new WrongUse(
      text.replace('apiKey', 'CONTIGUITY_API_KEY').replace('baseUrl', 'CONTIGUITY_BASE_URL'),
    );
  }
}
