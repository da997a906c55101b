import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { connectToTemporal } from '../client/connection.js';
import { TASK_QUEUE } from '../domain/ids.js';
import { startTracingIfOn } from '../tracing/settings.js';
import { ConfigError } from '../worker/config.js';
import { readGatewayConfig, type GatewayFlags } from './config.js';
import { createGateway } from './index.js';
import { handOnTexts } from './webhooks/hand-on.js';
import { webhooks } from './webhooks/index.js';

/** Below the usual 30 s in which a container is killed. */
const DRAIN_LIMIT_MS = 25_000;

export interface ServeOptions extends GatewayFlags {
  uiUrl?: string | undefined;
  /** Resolves when it is to stop. */
  told: Promise<void>;
}

/**
 * Serves until it is told to stop, then until the requests under way are answered. Rejects, before it listens, with
 * every problem of its configuration, or where no Temporal server answers.
 */
export async function runGateway(
  env: NodeJS.ProcessEnv,
  { told, uiUrl, ...flags }: ServeOptions,
): Promise<void> {
  const { host, port, logLevel, webhookSecrets, handsOn, ...config } = readGatewayConfig(env, flags);
  const log = pino({ level: logLevel, base: { pid: process.pid } });
  const tracing = await gatewayTracing(env, log);
  const client = await connectToTemporal({ env, tracing: tracing !== undefined });
  const taskQueue = env.LEASEHOLD_TASK_QUEUE || TASK_QUEUE;
  const link = uiUrl ?? (env.TEMPORAL_UI_URL || undefined);
  const app = createGateway({
    client,
    taskQueue,
    ...config,
    log,
    ...(tracing && { prepare: tracing.traceRequests }),
    ...(link !== undefined && { uiUrl: link }),
  });
  if (webhookSecrets) {
    const handOn = handsOn ? { handOn: handOnTexts(client, taskQueue) } : {};
    webhooks(app, { client, secrets: webhookSecrets, ...handOn });
  }
  try {
    const url = await app.listen({ port, host }).catch(refuseAddress);
    const { namespace } = client.options;
    log.info({ url, namespace, taskQueue, keys: config.keys?.length ?? 'none needed' }, 'gateway ready');
    await told;
    log.info('gateway draining');
  } finally {
    await Promise.race([app.close(), sleep(DRAIN_LIMIT_MS, undefined, { ref: false })]);
    await client.connection.close();
    await tracing?.close();
  }
  log.info('gateway drained');
}

async function gatewayTracing(env: NodeJS.ProcessEnv, log: Logger) {
  const tracing = await startTracingIfOn(env, 'leasehold-gateway', (why) =>
    log.warn({ why }, 'traces are lost'),
  );
  if (!tracing) return undefined;
  const { traceRequests } = await import('../tracing/requests.js');
  return { ...tracing, traceRequests };
}

function refuseAddress(error: unknown): never {
  const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (why === 'EADDRINUSE')
    throw new ConfigError('--port is in use; give another one, or 0 for any free one');
  throw new ConfigError(`--host and --port cannot be listened at (${why})`);
}
