import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { readKeyring } from '../codec/keys.js';
import { ConfigError } from './config.js';
import { OPEN_RUNS } from '../domain/run-status.js';
import { workerEncryption } from './encryption.js';
import { WORKFLOW_BUNDLE } from './index.js';
import { workflowSpans } from './tracing.js';

/** An open run, and why the code that was asked cannot go on with it; undefined: it can. */
export interface Replayed {
  workflowId: string;
  runId: string;
  problem: string | undefined;
}

export interface ReplayOptions {
  taskQueue: string;
  /** Path of the workflow bundle that is asked. */
  bundle: string;
  dataConverter?: DataConverter;
  /** Those that were pinned to a version by hand, and no others. */
  onlyPinned?: boolean;
}

/** What a worker of this build and environment would run. Throws `ConfigError` where its keys cannot be read. */
export function buildOf(env: NodeJS.ProcessEnv): Pick<ReplayOptions, 'bundle' | 'dataConverter'> {
  const read = readKeyring(env);
  if ('problem' in read) throw new ConfigError(read.problem);
  return read.keyring ? workerEncryption(read.keyring) : { bundle: WORKFLOW_BUNDLE };
}

/** A run that does not replay is told by its name; what the SDK says of it as well is for its makers. Once a process. */
export function quiet(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }), forward: {} } },
  });
}

const AT_ONCE = 5;

/** Replays every open run of a task queue on a build, one after the other: it changes nothing. */
export async function* replayOpenRuns(
  client: Client,
  { taskQueue, bundle, dataConverter, onlyPinned = false }: ReplayOptions,
): AsyncGenerator<Replayed> {
  const pinned = onlyPinned ? ' AND TemporalWorkflowVersioningBehavior = "Pinned"' : '';
  const query = `TaskQueue = ${JSON.stringify(taskQueue)} AND ${OPEN_RUNS}${pinned}`;
  const histories = client.workflow.list({ query }).intoHistories({ concurrency: AT_ONCE });
  const workflowBundle = { codePath: bundle };
  const options = {
    workflowBundle,
    sinks: workflowSpans(undefined),
    ...(dataConverter && { dataConverter }),
  };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories))
    yield { workflowId, runId, problem: error && `${error.name}: ${error.message}` };
}
