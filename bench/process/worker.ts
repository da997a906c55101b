import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { WATCH_EVERY_MS } from '../../activities/release-watch.js';
import { createContiguity, Pace } from '../../contiguity/index.js';
import { createWorker } from '../../worker/index.js';
import { createLogger } from '../../worker/logger.js';
import { shareAmongWorkers } from '../../worker/share.js';
import { createTextbookWorker } from '../textbook/index.js';
import { config, serve } from './serve.js';

export interface WorkerSettings {
  way: 'product' | 'textbook';
  address: string;
  namespace: string;
  taskQueue: string;
  api: { baseUrl: string; apiKey: string };
  /** The product's `LEASEHOLD_API_RATE`; default: none. */
  apiRate?: number;
  /** Default: as the product's profile has it. */
  maxCachedWorkflows?: number;
}

export interface WorkerReady {
  pid: number;
}

const { way, address, namespace, taskQueue, api: settings, ...product } = config() as WorkerSettings;
const { apiRate, maxCachedWorkflows } = product;
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});
const connection = await NativeConnection.connect({ address });
const pace = apiRate === undefined ? undefined : new Pace({ perSecond: apiRate });
const api = createContiguity({ ...settings, pace });
const where = { connection, namespace, api };
const worker =
  way === 'product'
    ? await createWorker({
        ...where,
        config: { taskQueue },
        watchEveryMs: WATCH_EVERY_MS,
        ...(maxCachedWorkflows && { maxCachedWorkflows }),
      })
    : await createTextbookWorker({ ...where, taskQueue });
const running = worker.run();
const unshare = pace && shareAmongWorkers(pace, { connection, namespace, taskQueue }, createLogger('warn'));
serve({ pid: process.pid } satisfies WorkerReady, {
  /** Runs that it keeps in memory. */
  cached: () => worker.getStatus().numCachedWorkflows,
  stop: async () => {
    unshare?.();
    worker.shutdown();
    await running;
    await api.close();
    await connection.close();
  },
});
