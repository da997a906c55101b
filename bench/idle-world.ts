/** What thousands of open leases are measured on: a server, a simulator and one worker that can be killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createContiguity, type Contiguity } from '../contiguity/index.js';
import { TASK_QUEUE } from '../domain/ids.js';
import { Helper } from './helper.js';
import type { Usage } from './process/serve.js';
import type { SimulatorReady } from './process/simulator.js';
import type { WorkerReady, WorkerSettings } from './process/worker.js';
import { openNamespace, startServer, type Place, type Server } from './servers.js';
import { isSoWithin, within } from './waits.js';

export interface WorldOptions {
  leases: number;
  /** Calls a second that the simulated API takes, and that the worker is told of. */
  rate: number;
  /** That a release takes at most, and half of it at least. */
  lagMs: number;
  maxCachedWorkflows: number;
}

/** Two values, one of the worker and one of the Temporal server; the latter is not there where nobody can see it. */
export interface Sides<T = number> {
  worker: T;
  server?: T;
}

/** Some numbers of an inventory are held by others, or not to be had. */
const NUMBERS_FOR_ONE_LEASE = 1.15;
const MORE_NUMBERS = 50;
const ROUND_TRIP_MS = 50;

const KILLED_WITHIN_MS = 10_000;
const STARTED_WITHIN_MS = 120_000;
/** Above the time in which a worker stops by force. */
const STOPPED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

export class IdleWorld {
  /** The account's own client, beside the worker's. */
  readonly api: Contiguity;

  private constructor(
    readonly server: Server,
    readonly place: Place,
    readonly simulator: Helper<SimulatorReady>,
    private readonly settings: WorkerSettings,
    public worker: Helper<WorkerReady>,
  ) {
    this.api = createContiguity(settings.api);
  }

  static async open({ leases, rate, lagMs, maxCachedWorkflows }: WorldOptions): Promise<IdleWorld> {
    const server = await startServer((line) => void process.stderr.write(`${line}\n`));
    const place = await openNamespace(server);
    const simulator = await Helper.start<SimulatorReady>('simulator', {
      inventorySize: Math.ceil(leases * NUMBERS_FOR_ONE_LEASE) + MORE_NUMBERS,
      latencyMs: ROUND_TRIP_MS,
      termination: { minMs: lagMs / 2, maxMs: lagMs },
      rate,
    });
    const { url: baseUrl, apiKey } = simulator.ready;
    const settings: WorkerSettings = {
      way: 'product',
      address: server.address,
      namespace: place.namespace,
      taskQueue: TASK_QUEUE,
      api: { baseUrl, apiKey },
      apiRate: rate,
      maxCachedWorkflows,
    };
    return new IdleWorld(server, place, simulator, settings, await startWorker(settings));
  }

  /** As a crash does it: nothing is said to anybody. */
  async killWorker(): Promise<void> {
    const { pid } = this.worker.ready;
    process.kill(pid, 'SIGKILL');
    const isGone = await isSoWithin(KILLED_WITHIN_MS, LOOK_EVERY_MS, () => Promise.resolve(!isAlive(pid)));
    if (!isGone) throw new Error(`the worker (process ${pid}) is still there after its kill`);
  }

  async startWorker(): Promise<void> {
    this.worker = await startWorker(this.settings);
  }

  async usage(): Promise<Sides<Usage>> {
    const server = await this.server.usage();
    return { worker: await this.worker.usage(), ...(server && { server }) };
  }

  /** Of each, in percent of one processor, while nobody asks for anything. */
  async cpuOver(spanMs: number): Promise<Sides> {
    const began = performance.now();
    const before = await this.usage();
    await sleep(spanMs);
    const after = await this.usage();
    const tookMs = performance.now() - began;
    return sides(before, after, (from, to) => (100 * (to.cpuMs - from.cpuMs)) / tookMs);
  }

  async close(): Promise<void> {
    const { worker, simulator } = this;
    await stopWithin(STOPPED_WITHIN_MS, () => worker.ask('stop').then(() => worker.stop()));
    await stopWithin(STOPPED_WITHIN_MS, () => simulator.stop());
    await this.api.close();
    await this.place.close();
    await this.server.stop();
  }
}

/** What came of two looks at both. */
export function sides(
  before: Sides<Usage>,
  after: Sides<Usage>,
  of: (before: Usage, after: Usage) => number,
): Sides {
  const server = before.server && after.server && of(before.server, after.server);
  return { worker: of(before.worker, after.worker), ...(server !== undefined && { server }) };
}

/** Memory of each at that look, in MiB. */
export function residentOf(usage: Sides<Usage>): Sides {
  return sides(usage, usage, (_, { rssMiB }) => rssMiB);
}

function startWorker(settings: WorkerSettings): Promise<Helper<WorkerReady>> {
  const starting = Helper.start<WorkerReady>('worker', settings);
  return within(STARTED_WITHIN_MS, 'the start of the worker', starting);
}

/** What does not stop ends with this process. */
async function stopWithin(limitMs: number, stop: () => Promise<void>): Promise<void> {
  await within(limitMs, 'the stop', stop()).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
