import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator, type Lag, type Simulator } from '../simulator/index.js';
import type { ChildExit } from './child.js';
import {
  CLUSTER,
  lockStack,
  removeEndpoints,
  stackFolder,
  writeEndpoints,
  type Endpoints,
} from './endpoints.js';
import { withoutTemporal } from './programs.js';
import { built } from './project.js';
import { choosePorts, rememberPorts, type PortWishes, type Ports } from './stack-ports.js';
import { describeCli, findTemporalCli } from './temporal-cli.js';
import { startDevServer, type DevServer } from './temporal-server.js';
import { keepWorker, type KeptWorker } from './worker-process.js';

export interface StackOptions {
  /** Project folder; everything that the stack keeps lies in `.leasehold` below it. */
  dir: string;
  /** Forget Temporal's and the simulator's state first. */
  fresh?: boolean;
  /** A port that is given must be free; one that is not is the one of last time, the default, or any that is free. */
  ports?: PortWishes;
  /** How long the simulator's terminations take. */
  termination?: Lag;
  env?: NodeJS.ProcessEnv;
  onEvent: (event: StackEvent) => void;
}

export type StackEvent =
  /** Something was done at the start, in words. */
  | { type: 'step'; text: string }
  | { type: 'worker-ready'; pid: number }
  /** The worker died; another one starts. */
  | { type: 'worker-exited'; exit: ChildExit; restartInMs: number }
  | { type: 'worker-log'; line: string }
  /** The Temporal server died: the stack is of no use any more. */
  | { type: 'server-exited'; exit: ChildExit };

export interface Stack {
  endpoints: Endpoints;
  /** Ends the worker (after the calls that it has under way), then the simulator, then the server. State stays. */
  stop(): Promise<void>;
}

/** Starts Temporal with its UI, the simulator and a worker. Rejects with `SetupError` for what a person can mend. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const opened: (() => Promise<void>)[] = [await lockStack(options.dir)];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= closeAll(opened));
  try {
    const endpoints = await open(options, opened, () => stopped !== undefined);
    return { endpoints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Last opened, first closed; one that fails does not keep the others open. */
async function closeAll(opened: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.toReversed()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function open(
  options: StackOptions,
  opened: (() => Promise<void>)[],
  isStopped: () => boolean,
): Promise<Endpoints> {
  const folder = stackFolder(options.dir);
  const step = (text: string): void => options.onEvent({ type: 'step', text });
  if (options.fresh) await forget(folder);
  const ports = await choosePorts(folder, options.ports ?? {});

  const server = await openServer(options, ports, step);
  opened.push(() => server.stop());
  void server.exited.then((exit) => {
    if (!isStopped()) options.onEvent({ type: 'server-exited', exit });
  });

  const simulator = await openSimulator(options, ports.simulator, step);
  opened.push(() => simulator.close());

  const endpoints = {
    temporalAddress: server.address,
    namespace: server.namespace,
    uiUrl: server.uiUrl ?? '',
    simulatorUrl: simulator.url,
    apiKey: simulator.apiKey,
    pid: process.pid,
    workerPid: 0,
  };
  const worker = await openWorker(options, endpoints);
  opened.push(() => worker.stop());
  await writeEndpoints(options.dir, endpoints);
  opened.push(() => removeEndpoints(options.dir));
  await rememberPorts(folder, ports);
  return endpoints;
}

async function openServer(
  options: StackOptions,
  ports: Ports,
  step: (text: string) => void,
): Promise<DevServer> {
  const env = options.env ?? process.env;
  const cli = await findTemporalCli({ env, report: step });
  step(describeCli(cli));
  const folder = stackFolder(options.dir);
  const server = await startDevServer({
    cli: cli.path,
    port: ports.temporal,
    uiPort: ports.ui,
    dbFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    env,
  });
  step(`Temporal serves at ${server.address}, its UI at ${server.uiUrl ?? ''}`);
  return server;
}

async function openSimulator(
  { dir, termination }: StackOptions,
  port: number,
  step: (text: string) => void,
): Promise<Simulator> {
  const stateFile = join(stackFolder(dir), 'simulator.json');
  const simulator = await startSimulator({ port, stateFile, ...(termination && { termination }) });
  step(`Simulator of the Contiguity API: ${simulator.url}`);
  return simulator;
}

/** Keeps `endpoints.workerPid` up to date as workers come and go. */
async function openWorker(options: StackOptions, endpoints: Endpoints): Promise<KeptWorker> {
  const { dir, onEvent } = options;
  const logFile = join(stackFolder(dir), 'worker.log');
  await rm(logFile, { force: true });
  let running = false;
  const worker = await keepWorker({
    args: [built('client/cli/main.js'), 'worker'],
    env: workerEnv(options.env ?? process.env, endpoints, stackFolder(dir)),
    logFile,
    onReady: (pid) => {
      endpoints.workerPid = pid;
      const outdated = (error: unknown) =>
        onEvent({ type: 'worker-log', line: `the worker's pid was not written down: ${String(error)}` });
      if (running) writeEndpoints(dir, endpoints).catch(outdated);
      onEvent({ type: 'worker-ready', pid });
    },
    onExit: (exit, restartInMs) => onEvent({ type: 'worker-exited', exit, restartInMs }),
    onLine: (line) => onEvent({ type: 'worker-log', line }),
  });
  running = true;
  return worker;
}

/** Nothing of the shell's own Temporal or vendor set-up reaches the worker, Temporal's configuration file included. */
function workerEnv(env: NodeJS.ProcessEnv, endpoints: Endpoints, folder: string): NodeJS.ProcessEnv {
  return {
    ...withoutTemporal(env),
    // "worker ready" is at level info, and the stack waits for it.
    LEASEHOLD_LOG_LEVEL: env.LEASEHOLD_LOG_LEVEL === 'debug' ? 'debug' : 'info',
    // No such file, on purpose: the client takes that for an empty one, and cannot read an empty one.
    TEMPORAL_CONFIG_FILE: join(folder, 'no-temporal.toml'),
    TEMPORAL_ADDRESS: endpoints.temporalAddress,
    TEMPORAL_NAMESPACE: endpoints.namespace,
    CONTIGUITY_BASE_URL: endpoints.simulatorUrl,
    CONTIGUITY_API_KEY: endpoints.apiKey,
    // A version that nobody makes current would get no work.
    LEASEHOLD_BUILD_ID: '',
    LEASEHOLD_DEPLOYMENT: '',
  };
}

/** Drops all that a stack kept, but the lock that we hold; the cluster of `npm run cluster` is none of it. */
async function forget(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!['lock', CLUSTER].includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
