import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime } from '@temporalio/worker';
import { createContiguity } from '../../contiguity/index.js';
import { WATCH_EVERY_MS } from '../../activities/release-watch.js';
import { createWorker } from '../../worker/index.js';
import { createTextbookWorker } from '../textbook/index.js';
import { config, serve } from './serve.js';

export interface WorkerSettings {
  way: 'product' | 'textbook';
  address: string;
  namespace: string;
  taskQueue: string;
  api: { baseUrl: string; apiKey: string };
}

const { way, address, namespace, taskQueue, api: settings } = config() as WorkerSettings;
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});
const connection = await NativeConnection.connect({ address });
const api = createContiguity(settings);
const where = { connection, namespace, api };
const worker =
  way === 'product'
    ? await createWorker({ ...where, config: { taskQueue }, watchEveryMs: WATCH_EVERY_MS })
    : await createTextbookWorker({ ...where, taskQueue });
const running = worker.run();
serve(
  {},
  {
    stop: async () => {
      worker.shutdown();
      await running;
      await api.close();
      await connection.close();
    },
  },
);
