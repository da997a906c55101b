import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, typeName } from '../domain/search-attributes.js';
import { startChild, type Child, type ChildExit } from './child.js';
import { SetupError } from './errors.js';
import { HOST, choosePort } from './ports.js';
import { withoutTemporal } from './programs.js';
import { SERVER_SETTINGS } from './server-settings.js';

const READY_LIMIT_MS = 60_000;
/** Tries with fresh ports, as a free port can be taken by somebody else before the server has it. */
const TRIES = 3;
const NAMESPACE = 'default';

export interface DevServerOptions {
  /** The `temporal` program. */
  cli: string;
  /** 0: any that is free. Another one that is taken is an error. */
  port: number;
  /** As `port`; false: no UI. */
  uiPort: number | false;
  /** SQLite file that keeps all state; not given: nothing is kept. */
  dbFile?: string | undefined;
  /** File for what the server says; not given: nowhere. */
  logFile?: string | undefined;
  /** More of the server's dynamic configuration: `limit.historyCount.suggestContinueAsNew=100`. */
  settings?: string[];
  env?: NodeJS.ProcessEnv;
}

export interface DevServer {
  /** `127.0.0.1:7233`. */
  address: string;
  namespace: string;
  uiUrl: string | undefined;
  pid: number;
  exited: Promise<ChildExit>;
  stop(): Promise<void>;
}

/** Starts a Temporal server with what Leasehold needs of one; resolves when it really serves. Ends with this process. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (error instanceof SetupError || tries === TRIES) throw error;
    }
  }
}

async function startOnce(options: DevServerOptions): Promise<DevServer> {
  const port = await choosePort({ asked: options.port, what: 'Temporal' });
  const uiPort =
    options.uiPort === false
      ? undefined
      : await choosePort({ asked: options.uiPort, what: 'the Temporal UI' });
  if (options.dbFile) await mkdir(dirname(options.dbFile), { recursive: true });
  const child = await spawnServer(options, serverArgs(port, uiPort, options));
  const address = `${HOST}:${port}`;
  try {
    await untilServing(address, child);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    address,
    namespace: NAMESPACE,
    uiUrl: uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`,
    pid: child.pid,
    exited: child.exited,
    stop: () => child.stop().then(() => undefined),
  };
}

const OURS = Object.entries(SERVER_SETTINGS).map(([name, value]) => `${name}=${value}`);

function serverArgs(
  port: number,
  uiPort: number | undefined,
  { dbFile, settings = [] }: DevServerOptions,
): string[] {
  return [
    'server',
    'start-dev',
    ...['--ip', HOST, '--port', `${port}`, '--log-level', 'error'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', `${uiPort}`]),
    ...(dbFile === undefined ? [] : ['--db-filename', dbFile]),
    ...[...OURS, ...settings].flatMap((setting) => ['--dynamic-config-value', setting]),
    ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => ['--search-attribute', `${name}=${typeName(type)}`]),
  ];
}

async function spawnServer(options: DevServerOptions, args: string[]): Promise<Child> {
  const env = withoutTemporal(options.env ?? process.env);
  if (options.logFile === undefined) return startChild(options.cli, args, { env, stdio: 'ignore' });
  const log = await open(options.logFile, 'w');
  try {
    return await startChild(options.cli, args, { env, stdio: ['ignore', log.fd, log.fd] });
  } finally {
    await log.close();
  }
}

/** A port that is open is not yet a server: it serves when it knows the namespace and the search attributes. */
async function untilServing(address: string, child: Child): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  while (Date.now() < deadline) {
    if (!child.isRunning()) throw new Error(`The Temporal server for ${address} ended while it started.`);
    if (await isReady(address)) return;
    await sleep(50);
  }
  throw new Error(`The Temporal server at ${address} did not serve within ${READY_LIMIT_MS / 1000} s.`);
}

async function isReady(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 }).catch(() => undefined);
  if (!connection) return false;
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: NAMESPACE,
    });
    return SEARCH_ATTRIBUTES.every(({ name }) => name in customAttributes);
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
