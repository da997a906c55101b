import { join } from 'node:path';
import { readEndpoints, stackFolder, type Endpoints } from '../../embedded/endpoints.js';
import { choosePort, type PortWish } from '../../embedded/ports.js';
import { built, ROOT } from '../../embedded/project.js';
import { startStack, type StackEvent, type StackOptions } from '../../embedded/stack.js';
import { keepWorker } from '../../embedded/worker-process.js';
import { startSimulator } from '../../simulator/index.js';
import { LeaseholdError } from '../errors.js';
import { assertMaySpend, stackEnv } from './session.js';
import type { Io, Terminal } from './terminal.js';

/** Everything that a life of a number needs, running: Temporal, an API and a worker. */
export interface Stage {
  /** Leads a client to it. */
  env: NodeJS.ProcessEnv;
  endpoints?: Endpoints;
  workerPid: () => number | undefined;
  /** Rejects where it is of no use any more. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

type Wishes = Pick<StackOptions, 'fresh' | 'ports' | 'termination'>;

/** The embedded stack: started here, with its state of last time. */
export async function openStack(io: Io, terminal: Terminal, wishes: Wishes): Promise<Stage> {
  const events = watchEvents(terminal);
  const stack = await startStack({ dir: ROOT, env: io.env, onEvent: events.onEvent, ...wishes });
  return {
    env: stackEnv(io.env, stack.endpoints),
    endpoints: stack.endpoints,
    workerPid: events.workerPid,
    broken: events.broken,
    stop: () => stack.stop(),
  };
}

/** The stack that another command keeps running; it is not ours to stop. */
export async function joinStack(io: Io): Promise<Stage | undefined> {
  const endpoints = await readEndpoints(ROOT);
  if (!endpoints) return undefined;
  return {
    env: stackEnv(io.env, endpoints),
    endpoints,
    workerPid: () => endpoints.workerPid,
    broken: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}

/**
 * A worker of ours on the Temporal that the environment names, and on the API that it names. Where it names none: with
 * `live` on the real API, else on a simulator.
 */
export async function openOnOwnTemporal(io: Io, terminal: Terminal, live: boolean): Promise<Stage> {
  const namesApi = Boolean(io.env.CONTIGUITY_BASE_URL);
  if (namesApi) assertMaySpend({ env: io.env, stack: undefined }, { live });
  const events = watchEvents(terminal);
  const api = live || namesApi ? undefined : await openSimulator(terminal);
  const env = { ...io.env, ...api?.env };
  try {
    const worker = await keepWorker({
      args: [built('client/cli/main.js'), 'worker', '--temporal-from-env', ...(live ? ['--live'] : [])],
      env,
      logFile: join(stackFolder(ROOT), 'worker-from-env.log'),
      onReady: (pid) => events.onEvent({ type: 'worker-ready', pid }),
      onExit: (exit, restartInMs) => events.onEvent({ type: 'worker-exited', exit, restartInMs }),
      onLine: () => undefined,
    });
    const stop = async (): Promise<void> => {
      await worker.stop();
      await api?.close();
    };
    return { env, workerPid: () => worker.pid(), broken: events.broken, stop };
  } catch (error) {
    await api?.close();
    throw error;
  }
}

async function openSimulator(
  terminal: Terminal,
): Promise<{ env: NodeJS.ProcessEnv; close: () => Promise<void> }> {
  const folder = stackFolder(ROOT);
  const wish: PortWish = { byDefault: 4010, what: 'the simulator' };
  const stateFile = join(folder, 'simulator-from-env.json');
  const simulator = await startSimulator({ port: await choosePort(wish), stateFile });
  terminal.note(`Simulator of the Contiguity API: ${simulator.url}`);
  const env = { CONTIGUITY_BASE_URL: simulator.url, CONTIGUITY_API_KEY: simulator.apiKey };
  return { env, close: () => simulator.close() };
}

function watchEvents(terminal: Terminal) {
  let pid: number | undefined;
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (fail = reject));
  broken.catch(() => undefined); // heard of by whoever waits for it
  const onEvent = (event: StackEvent): void => {
    if (event.type === 'worker-ready') {
      const word = pid === undefined ? 'A worker is ready' : 'A new worker carries on';
      terminal.note(`${word} (pid ${event.pid})`);
      pid = event.pid;
    }
    if (event.type === 'step') terminal.note(event.text);
    if (event.type === 'worker-exited')
      terminal.note(`The worker died (${event.exit.signal ?? `exit ${event.exit.code ?? ''}`})`);
    if (event.type === 'server-exited')
      fail(new LeaseholdError('Unreachable', 'the Temporal server ended by itself'));
  };
  return { onEvent, workerPid: () => pid, broken };
}
