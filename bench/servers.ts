import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { RETRIED_CALLS } from '../client/retried-calls.js';
import { startTemporaryCluster } from '../embedded/cluster.js';
import { findTemporalCli } from '../embedded/temporal-cli.js';
import { startDevServer } from '../embedded/temporal-server.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { addSearchAttributes, findSearchAttributeProblems } from '../worker/search-attributes.js';
import type { Usage } from './process/serve.js';
import { sum, usageOf, usageOfPostgres } from './usage.js';

/** A Temporal server that lives are led on. */
export interface Server {
  address: string;
  /** What it is, in words. */
  about: string;
  /** Undefined where it is not ours to look at, or where this machine does not tell. */
  usage(): Promise<Usage | undefined>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Of a server's dynamic configuration, on top of what the product asks for. */
export type Settings = Record<string, boolean>;

export async function startServer(report: (line: string) => void, changed: Settings = {}): Promise<Server> {
  const settings = inWords(changed);
  const cli = await findTemporalCli({ report });
  const server = await startDevServer({ cli: cli.path, port: 0, uiPort: false, settings });
  const about = [`development server, ${cli.version}`, ...settings].join(', ');
  const { address, pid } = server;
  return { address, about, usage: () => usageOf(pid), stop: () => server.stop() };
}

/** The server of clusters on a PostgreSQL of its own; what both of them use counts as the server's. */
export async function startClusterServer(
  report: (line: string) => void,
  changed: Settings = {},
): Promise<Server> {
  const cluster = await startTemporaryCluster({ report, settings: changed });
  const usage = async () => {
    const [server, database] = await Promise.all([
      usageOf(cluster.pid),
      usageOfPostgres(cluster.postgresPid),
    ]);
    return server && database && sum([server, database]);
  };
  const about = [`cluster, ${cluster.about}`, ...inWords(changed)].join(', ');
  return { address: cluster.address, about, usage, stop: () => cluster.stop() };
}

function inWords(settings: Settings): string[] {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

/** One that somebody else runs: the same for every way. */
export function serverAt(address: string): Server {
  const nothing = () => Promise.resolve(undefined);
  return { address, about: `the server at ${address}`, usage: nothing, stop: nothing };
}

export interface Place {
  client: Client;
  namespace: string;
  close(): Promise<void>;
}

/** A namespace of its own, because one vendor account belongs to one namespace. */
export async function openNamespace({ address }: Pick<Server, 'address'>): Promise<Place> {
  const connection = await Connection.connect({ address, interceptors: RETRIED_CALLS });
  const namespace = `bench-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const deadline = Date.now() + PATIENCE_MS; // a cluster learns of a namespace after some seconds
  for (;;) {
    try {
      if ((await findSearchAttributeProblems(connection, namespace)).missing.length === 0) break;
      await addSearchAttributes(connection, namespace);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(200);
  }
  return { client: new Client({ connection, namespace }), namespace, close: () => connection.close() };
}
