import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createGateway } from '../../gateway/index.js';
import { makeKey, readKeys } from '../../gateway/keys.js';
import { config, serve } from './serve.js';

export interface GatewaySettings {
  address: string;
  namespace: string;
  taskQueue: string;
  rate: number;
  concurrency: number;
}

export interface GatewayReady {
  url: string;
  key: string;
}

/** In MiB: what the process holds, and what its objects take after a collection. */
export interface Memory {
  rssMiB: number;
  heapMiB: number;
}

const MIB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { address, namespace, ...settings } = config() as GatewaySettings;
const connection = await Connection.connect({ address });
const { key, entry } = makeKey('load', 'full');
const client = new Client({ connection, namespace });
const log = pino({ level: 'warn' }, pino.destination(2));
const app = createGateway({ client, ...settings, keys: readKeys(entry).keys, log });
const url = await app.listen({ port: 0, host: '127.0.0.1' });
serve({ url, key } satisfies GatewayReady, {
  memory: (): Memory => {
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    return { rssMiB: rss / MIB, heapMiB: heapUsed / MIB };
  },
  stop: async () => {
    await app.close();
    await connection.close();
  },
});
