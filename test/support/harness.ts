/**
 * One world for a test: a Temporal server, the simulator on the server's own clock, a worker. Every run that a test
 * started is replayed on the same code when the test ends, and a test that leaves nothing to replay fails.
 * Tests get their world from `test` in fixture.ts, which also closes it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type NativeConnection,
  type Worker,
} from '@temporalio/worker';
import { RETRIED_CALLS } from '../../client/retried-calls.js';
import { createContiguity, type Contiguity } from '../../contiguity/index.js';
import {
  NAMES,
  type AttentionKind,
  type LeaseResult,
  type Leased,
  type ProvisionRequest,
} from '../../domain/contract.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import type { NumberRecord } from '../../domain/number-record.js';
import { launchTimeSkippingServer, UnheldTime } from '../../simulation/time-skipping.js';
import type { SpendingLimits } from '../../domain/spending.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';
import { createWorker } from '../../worker/index.js';
import { addSearchAttributes } from '../../worker/search-attributes.js';
import { LeaseHandle, ProvisionHandle } from './handles.js';
import { entriesOf, type EntryOf } from './ledger.js';
import { Runs, type Run } from './runs.js';
import { timeSkippingProgram, WORKFLOW_BUNDLE } from './servers.js';
import { SkippedTime } from './skipping.js';
import { ClockWatch, Soundness } from './spoilt.js';
import { report } from './tell.js';

export { failureOf, type LeaseHandle, type ProvisionHandle } from './handles.js';
export type { Run } from './runs.js';

/** What should happen without time going on has happened within this, also on a busy machine. */
const REAL_PATIENCE_MS = 90_000;
/** While an activity waits, no time is skipped; so the one that waits for another run does so only for a moment. */
const ACQUIRE_WAIT_MS = 250;
/** Where its clock is held for nobody, time goes as fast as ours, and runs look for a release every few seconds. */
const HELD_AFTER_MS = 4_000;

/** Of the time-skipping server that this process has now: tests have one after the other. */
let soundness = new Soundness();
const errors = new DefaultLogger('ERROR');
Runtime.install({
  logger: new DefaultLogger('WARN', (entry) => {
    soundness.notice(entry);
    errors.log(entry.level, entry.message, entry.meta);
  }),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
});

/** The server of a test file, and how its time goes. */
export interface Server {
  client: Client;
  connection: NativeConnection;
  namespace: string;
  now: () => number | Promise<number>;
  sleep(milliseconds: number): Promise<void>;
  /** Waits for what is pending, and lets time go on meanwhile; not needed where time goes on by itself. */
  waitFor?<T>(pending: Promise<T>): Promise<T>;
  /** Where the server may lose tasks. */
  soundness?: Soundness;
  /** To be shown each worker: while one is busy, the server may rightly hold its clock. */
  workers?: Set<Worker>;
  /** Every run of the namespace, where the server keeps a list of them. */
  runs?(): AsyncIterable<Run>;
  /** The same server with a namespace of its own: one vendor account belongs to one namespace. */
  ownNamespace?(): Server;
  close(): Promise<void>;
}

/** A server whose time skips while nothing happens. The one place that knows of its quirks. */
export async function timeSkippingServer(): Promise<Server> {
  const env = await launchTimeSkippingServer(timeSkippingProgram());
  const sound = (soundness = new Soundness());
  const connection = await Connection.connect({ address: env.address, interceptors: RETRIED_CALLS });
  await addSearchAttributes(env.connection, 'default'); // there they are of the whole server, as namespaces are but names
  const workers = new Set<Worker>();
  const unheld = new UnheldTime(env.connection, connection, { report, heldAfterMs: HELD_AFTER_MS });
  const isNothingUnderWay = () => [...workers].every(isIdle);
  const clock = new ClockWatch(() => env.currentTimeMs(), sound);
  await clock.look(); // before anything could have made it run on
  const time = new SkippedTime((milliseconds) =>
    sound.unlessSpoilt(async (over) => {
      const sleep: typeof env.sleep = (step) => env.connection.withAbortSignal(over, () => env.sleep(step));
      await clock.look();
      await unheld.sleep(milliseconds, isNothingUnderWay, sleep);
      await clock.look();
    }),
  );
  const waitFor = async <T>(pending: Promise<T>): Promise<T> => {
    try {
      return await time.waitFor(pending);
    } catch (error) {
      await clock.look(); // what failed may have timed out with it
      throw error;
    }
  };
  const interceptors = { workflow: [sound.queries(connection)] };
  const inNamespace = (namespace: string): Server => ({
    client: new Client({ connection, namespace, interceptors }),
    connection: env.nativeConnection,
    namespace,
    now: () => env.currentTimeMs(),
    sleep: (milliseconds) => time.sleep(milliseconds),
    waitFor: (pending) => sound.unlessSpoilt(() => waitFor(pending)),
    ownNamespace: () => inNamespace(`test-${randomUUID()}`),
    soundness: sound,
    workers,
    close: () => connection.close().then(() => env.teardown()),
  });
  return inNamespace('default');
}

/** Never a whole second, which cannot be told from a time that was written in whole seconds. */
function exact({ now }: Pick<Server, 'now'>): Pick<Server, 'now'> {
  return {
    now: async () => {
      const at = Math.round(await now());
      return at % 1_000 === 0 ? at + 1 : at;
    },
  };
}

function isIdle(worker: Worker): boolean {
  const { numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
  return numInFlightActivities + numInFlightWorkflowActivations === 0;
}

export interface WorldOptions extends SimulatorOptions {
  /** Time limit of the worker's own calls to the simulator. */
  callTimeoutMs?: number;
  /** How far the workers' clocks are ahead of the Temporal server's, in milliseconds; default 0. */
  clockOffsetMs?: number;
  /**
   * Workers follow each other: then none keeps a run in memory. The time-skipping server goes on giving a run's tasks
   * to the worker that had it in memory, also when that one is gone.
   */
  takeOvers?: boolean;
  /** On everything that is held and spent. */
  limits?: SpendingLimits;
  /** How long one ask for a number waits, in which no time is skipped. Default: so short that most ask twice. */
  acquireWaitMs?: number;
  /** Stands between the workers' activities and Temporal. */
  interceptor?: WorkflowClientInterceptor;
  /** How often its workers look for releases that runs wait for, in real time; default: the runs look for themselves. */
  watchEveryMs?: number;
}

export class World {
  private readonly runs: Runs;
  private readonly stops: (() => Promise<void>)[] = [];
  readonly taskQueue = `leasehold-${randomUUID()}`;

  private constructor(
    readonly server: Server,
    readonly simulator: Simulator,
    private readonly options: WorldOptions,
  ) {
    this.runs = new Runs(server.client, options.interceptor);
  }

  static async open(server: Server, options: WorldOptions = {}): Promise<World> {
    const own = server.ownNamespace?.() ?? server;
    return new World(own, await startSimulator({ clock: exact(own), ...options }), options);
  }

  api(apiKey = this.simulator.apiKey, baseUrl = this.simulator.url): Contiguity {
    const { callTimeoutMs = 2_000 } = this.options;
    return createContiguity({ baseUrl, apiKey, callTimeoutMs });
  }

  /** Starts a worker, by default with the simulator's key and address; the function that is returned stops it again. */
  async work(apiKey?: string, baseUrl?: string): Promise<() => Promise<void>> {
    const { connection, namespace } = this.server;
    const now = async () => (await this.server.now()) + (this.options.clockOffsetMs ?? 0);
    const api = this.api(apiKey, baseUrl);
    const worker = await createWorker({
      connection,
      namespace,
      api,
      config: { taskQueue: this.taskQueue },
      temporal: this.runs.client,
      bundle: WORKFLOW_BUNDLE,
      now,
      acquireWaitMs: this.options.acquireWaitMs ?? ACQUIRE_WAIT_MS,
      limits: this.options.limits,
      ...(this.options.watchEveryMs !== undefined && { watchEveryMs: this.options.watchEveryMs }),
      // A thread of its own takes longer to start than most tests; without it a worker that follows another one loses tasks.
      ...(this.options.takeOvers === true ? { maxCachedWorkflows: 0 } : { debugMode: true }),
    });
    const running = worker.run();
    this.server.workers?.add(worker);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      worker.shutdown();
      await running;
      this.server.workers?.delete(worker);
      await api.close();
    };
    const once = () => (stopped ??= stop());
    this.stops.push(once);
    return once;
  }

  /** Starts a provision as a program in any language may: with JSON of which nothing was checked. */
  async startPlain(workflowId: string, input: unknown): Promise<ProvisionHandle> {
    const handle = await this.server.client.workflow.start<(input: unknown) => Promise<Leased>>(
      NAMES.provisionLease,
      {
        workflowId,
        taskQueue: this.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        ...(this.options.takeOvers === true && { workflowTaskTimeout: '2s' }), // a task may get lost without a cache
      },
    );
    this.runs.note(workflowId, handle.firstExecutionRunId);
    return new ProvisionHandle(handle, this.server);
  }

  /** Starts any of the workflows with JSON of which nothing was checked, and gives what waits for its result. */
  async startOther<T>(type: string, workflowId: string, input: unknown): Promise<() => Promise<T>> {
    const { server, taskQueue } = this;
    const options = { workflowId, taskQueue, args: [input] as [unknown] };
    const handle = await server.client.workflow.start<(input: unknown) => Promise<T>>(type, options);
    this.runs.note(workflowId, handle.firstExecutionRunId);
    return () => server.waitFor?.(handle.result()) ?? handle.result();
  }

  /** As the library starts it. */
  start(request: ProvisionRequest): Promise<ProvisionHandle> {
    return this.startPlain(provisionId(request.reference), request);
  }

  async provision(request: ProvisionRequest): Promise<Leased> {
    return (await this.start(request)).result();
  }

  /** A provision and the run of the number that it leased. */
  async leased(request: ProvisionRequest): Promise<LeaseHandle> {
    return this.lease((await this.provision(request)).number);
  }

  /** The run that owns a number. */
  lease(number: string): LeaseHandle {
    const handle = this.server.client.workflow.getHandle<() => Promise<LeaseResult>>(leaseId(number));
    return new LeaseHandle(number, handle, this.server);
  }

  /** Numbers that can be leased now by an account without any entitlement but to lease. */
  async freeNumbers(): Promise<NumberRecord[]> {
    const api = this.api();
    const { data } = await api.lease.available();
    await api.close();
    return data.filter(({ requirements }) => requirements.length === 0);
  }

  /** One of them. */
  async freeNumber(): Promise<string> {
    const [free] = await this.freeNumbers();
    return free!.number;
  }

  /** How many entries of this kind the vendor's ledger has. */
  async count(kind: 'leased' | 'text' | 'released'): Promise<number> {
    return (await entriesOf(this.simulator, kind)).length;
  }

  /** Numbers for which a run was started, in the order of their first one. */
  get numbers(): string[] {
    return this.runs.numbers;
  }

  /** Waits for what happens without any time going on. */
  async soon(what: string, happened: () => Promise<boolean> | boolean): Promise<void> {
    const until = Date.now() + REAL_PATIENCE_MS;
    while (!(await happened())) {
      this.server.soundness?.assert();
      if (Date.now() > until) throw new Error(`waited in vain for this: ${what}`);
      await delay(20);
    }
  }

  /** Those that the vendor sent, in their order. */
  texts(): Promise<EntryOf<'text'>[]> {
    return entriesOf(this.simulator, 'text');
  }

  /** By the vendor's word: a query at the moment when a run goes on in a new one spoils the server. */
  textsOut(count: number): Promise<void> {
    return this.soon(`${count} texts`, async () => (await this.texts()).length === count);
  }

  /** Lets time go on until the run of a number shows this kind of attention. */
  attention(number: string, kind: AttentionKind): Promise<void> {
    return this.later(`attention: ${kind}`, 1_000, async () => {
      const status = await this.lease(number)
        .status()
        .catch(() => undefined); // it has not begun yet
      return status?.attention?.kind === kind;
    });
  }

  /** Lets time go on in steps until something has happened. */
  async later(what: string, stepMs: number, happened: () => Promise<boolean> | boolean): Promise<void> {
    for (let step = 0; !(await happened()); step += 1) {
      if (step > 500) throw new Error(`waited in vain for this: ${what}`);
      await this.server.sleep(stepMs);
    }
  }

  /**
   * Stops the workers and the simulator, checks the promise, and replays every run that was started. Runs that are
   * open are ended then: nobody works for them any more, and the server would not skip time while one waits.
   */
  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    const ledger = await this.simulator.controls.ledger();
    await this.simulator.close();
    if (this.server.soundness?.isSpoilt) return; // which fails the test, and nothing else is known
    for await (const { workflowId, runId } of this.server.runs?.() ?? []) this.runs.note(workflowId, runId);
    await this.runs.assertPromise(ledger);
    await this.runs.replayAll();
    await this.runs.endAll();
  }
}
