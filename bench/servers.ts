import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { findTemporalCli } from '../embedded/temporal-cli.js';
import { startDevServer } from '../embedded/temporal-server.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { addSearchAttributes, missingSearchAttributes } from '../worker/search-attributes.js';
import type { Usage } from './process/serve.js';

/** A Temporal server that lives are led on. */
export interface Server {
  address: string;
  /** What it is, in words. */
  about: string;
  /** Undefined where it is not ours to look at, or where this machine does not tell. */
  usage(): Promise<Usage | undefined>;
  stop(): Promise<void>;
}

const TICKS_A_SECOND = 100; // USER_HZ, the same on every Linux that Node runs on
const PATIENCE_MS = 60_000;

/** @param settings of its dynamic configuration, on top of those that the product asks for */
export async function startServer(report: (line: string) => void, settings: string[] = []): Promise<Server> {
  const cli = await findTemporalCli({ report });
  const server = await startDevServer({ cli: cli.path, port: 0, uiPort: false, settings });
  const about = [`development server, ${cli.version}`, ...settings].join(', ');
  const { address, pid } = server;
  return { address, about, usage: () => usageOf(pid), stop: () => server.stop() };
}

/** One that somebody else runs: the same for every way. */
export function serverAt(address: string): Server {
  const nothing = () => Promise.resolve(undefined);
  return { address, about: `the server at ${address}`, usage: nothing, stop: nothing };
}

async function usageOf(pid: number): Promise<Usage | undefined> {
  if (process.platform !== 'linux') return undefined;
  const [stat, status] = await Promise.all(
    ['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime, proc(5)
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status ?? '')?.[1]) / 1_024;
  return {
    cpuMs: (ticks / TICKS_A_SECOND) * 1_000,
    rssMiB: mebibytes('VmRSS'),
    peakMiB: mebibytes('VmHWM'),
  };
}

export interface Place {
  client: Client;
  namespace: string;
  close(): Promise<void>;
}

/** A namespace of its own, because one vendor account belongs to one namespace. */
export async function openNamespace({ address }: Pick<Server, 'address'>): Promise<Place> {
  const connection = await Connection.connect({ address });
  const namespace = `bench-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const deadline = Date.now() + PATIENCE_MS; // a cluster learns of a namespace after some seconds
  for (;;) {
    try {
      if ((await missingSearchAttributes(connection, namespace)).length === 0) break;
      await addSearchAttributes(connection, namespace);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(200);
  }
  return { client: new Client({ connection, namespace }), namespace, close: () => connection.close() };
}
