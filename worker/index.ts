import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, type ActivityDeps } from '../activities/index.js';
import { WATCH_EVERY_MS } from '../activities/release-watch.js';
import { createContiguity, Pace, type Contiguity, type OnCall } from '../contiguity/index.js';
import { ConfigError, readConfig, type WorkerConfig } from './config.js';
import { workerEncryption } from './encryption.js';
import { gaugeMoney } from './gauge-money.js';
import { KeyWatch, serveHealth, type Watched } from './health.js';
import { createLogger, temporalLogger } from './logger.js';
import { markCodec } from './mark-codec.js';
import { WORKER_PROFILE } from './profile.js';
import { findSearchAttributeProblems, howToRetype } from './search-attributes.js';
import { shareAmongWorkers } from './share.js';
import { countCalls, gaugeLeases, gaugePace, gaugeStalled, installRuntime } from './telemetry.js';
import { workerTracing, workflowSpans, type WorkerTracing } from './tracing.js';
import { asVersion, type Version } from './version.js';

/** The workflows' bundle, made once at build time. */
export const WORKFLOW_BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/**
 * Runs a worker until it is told to stop (SIGTERM, SIGINT), and then until the calls under way are finished.
 * Rejects with `ConfigError`, before anything is polled, where the configuration cannot work.
 */
export async function runWorker(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(env);
  const log = createLogger(config.logLevel);
  const logger = temporalLogger(
    log,
    config.logLevel === 'debug' ? 'debug' : 'warn',
    config.keyring !== undefined,
  );
  const { metricMeter } = installRuntime(
    { logger, shutdownSignals: ['SIGTERM', 'SIGINT'] },
    config.metricsAddress,
  );
  const pace = new Pace({ perSecond: config.apiRate });
  const key = new KeyWatch();
  const tracing = await workerTracing(env, config.keyring !== undefined, log);
  const watchers = [countCalls(metricMeter), key.onCall, ...(tracing ? [tracing.onCall] : [])];
  const api = createApi(config, pace, watchers);
  const stops: (() => void | Promise<void>)[] = [];
  if (tracing) stops.push(() => tracing.close());
  stops.push(() => api.close());
  try {
    const watched: Watched = { api, key };
    if (config.healthAddress !== undefined) stops.push(await serveHealth(config.healthAddress, watched));
    const { connection, namespace, address } = await connect(config.temporal);
    stops.push(() => connection.close());
    await checkSearchAttributes(connection, namespace);
    const { limits, events, keyring, taskQueue } = config;
    const encryption = keyring && workerEncryption(keyring);
    const also = { ...encryption, ...(tracing && { tracing }) };
    const worker = await createWorker({
      connection,
      namespace,
      api,
      config,
      limits,
      events,
      watchEveryMs: WATCH_EVERY_MS,
      ...also,
    });
    const running = worker.run();
    const queue = { connection, namespace, taskQueue };
    watched.polling = { ...queue, worker };
    if (config.apiRate !== undefined) stops.push(shareAmongWorkers(pace, queue, log));
    if (config.metricsAddress !== undefined) {
      stops.push(gaugePace(metricMeter, pace), gaugeMoney(metricMeter, api));
      stops.push(gaugeLeases(metricMeter, connection, namespace));
      stops.push(gaugeStalled(metricMeter, connection, namespace));
    }
    const { version } = config;
    const facts = { address, namespace, taskQueue, api: api.account.baseUrl, ...(version && { version }) };
    log.info({ ...facts, ...(keyring && { encryptsWith: keyring.current }) }, 'worker ready');
    await running;
    log.info('worker drained');
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** The client is stricter than the schema; what it says of an option is said of the variable that gave it. */
function createApi(
  { apiKey, baseUrl, overStatuses }: WorkerConfig,
  pace: Pace,
  watchers: OnCall[],
): Contiguity {
  const onCall: OnCall = (call) => watchers.forEach((watch) => watch(call));
  try {
    return createContiguity({
      apiKey,
      pace,
      onCall,
      overStatuses,
      ...(baseUrl !== undefined && { baseUrl }),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      why.replace(/^apiKey/, 'CONTIGUITY_API_KEY').replace(/^baseUrl/, 'CONTIGUITY_BASE_URL'),
    );
  }
}

async function connect({ connectionOptions, namespace = 'default' }: WorkerConfig['temporal']) {
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    return { connection: await NativeConnection.connect(connectionOptions), namespace, address };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `TEMPORAL_ADDRESS: no Temporal server answers at ${address} (${why.split('\n')[0] ?? why})`,
    );
  }
}

async function checkSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const noRight = { missing: [], mistyped: [] }; // then the server reports a missing one when a run sets it
  const { missing, mistyped } = await findSearchAttributeProblems(connection, namespace).catch(() => noRight);
  if (missing.length > 0) {
    const names = missing.join(', ');
    throw new ConfigError(
      `namespace ${namespace} lacks the search attributes ${names}; \`leasehold doctor --fix\` creates them`,
    );
  }
  if (mistyped.length > 0)
    throw new ConfigError(
      `namespace ${namespace} has search attributes of a wrong type. ${howToRetype(mistyped)}`,
    );
}

export interface WorkerDeps extends Omit<ActivityDeps, 'temporal' | 'taskQueue'> {
  connection: NativeConnection;
  namespace: string;
  config: Pick<WorkerConfig, 'taskQueue' | 'version'>;
  temporal?: Client;
  /** Path of the workflow bundle; default: the one that was built with this file. */
  bundle?: string;
  /** Encrypts what is kept at Temporal; the bundle must be made for it. Default: nothing does. */
  dataConverter?: DataConverter;
  /** How many runs are kept in memory between their tasks; default: the profile's. */
  maxCachedWorkflows?: number;
  /** Whether workflows run in the calling thread, which starts sooner than one of their own; default: they do not. */
  debugMode?: boolean;
  /** Traces of what it does; default: none. */
  tracing?: WorkerTracing;
}

/** A worker that is not yet running; tests use it with connections and an API of their own. */
export function createWorker(deps: WorkerDeps): Promise<Worker> {
  const { connection, namespace, config, bundle, dataConverter, maxCachedWorkflows, ...others } = deps;
  const { temporal, tracing, debugMode, ...rest } = others;
  const { taskQueue, version } = config;
  const converting = dataConverter && { dataConverter };
  const interceptors = tracing && { interceptors: { workflow: tracing.client } };
  const client = temporal ?? new Client({ connection, namespace, ...converting, ...interceptors });
  const activities = createActivities({ ...rest, temporal: client, taskQueue });
  return hostActivities({
    connection,
    namespace,
    taskQueue,
    activities,
    ...converting,
    ...(version && { version }),
    ...(bundle !== undefined && { bundle }),
    ...(maxCachedWorkflows !== undefined && { maxCachedWorkflows }),
    ...(debugMode !== undefined && { debugMode }),
    ...(tracing && { tracing }),
  });
}

export interface WorkerHost extends Pick<
  WorkerDeps,
  'connection' | 'namespace' | 'bundle' | 'dataConverter' | 'maxCachedWorkflows' | 'debugMode' | 'tracing'
> {
  taskQueue: string;
  /** Absent: it runs workflows alone. */
  activities?: object;
  version?: Version;
}

/** The same with activities that somebody else has made. */
export function hostActivities(options: WorkerHost): Promise<Worker> {
  const { bundle = WORKFLOW_BUNDLE, version, tracing, dataConverter, ...host } = options;
  const workflowBundle = { codePath: bundle };
  const common = { ...WORKER_PROFILE, ...asVersion(version), identity: identity() };
  const traced = {
    sinks: workflowSpans(tracing),
    ...(tracing && { interceptors: { activity: tracing.activity } }),
  };
  const converting = { dataConverter: marking(dataConverter) };
  return Worker.create({ ...common, ...host, ...converting, ...traced, workflowBundle });
}

/** What every worker needs that runs activities of Leasehold: workflows use no result without the mark. */
export function marking(dataConverter?: DataConverter): DataConverter {
  return { ...dataConverter, payloadCodecs: [markCodec, ...(dataConverter?.payloadCodecs ?? [])] };
}

/** The SDK's own is the same for two containers that are alike; those who share the account's rate are counted by it. */
function identity(): string {
  return `${process.pid}@${hostname()}#${randomUUID().slice(0, 8)}`;
}
