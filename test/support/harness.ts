/**
 * One world for a test: a Temporal server, the simulator on the server's own clock, a worker. Every run that a test
 * started is replayed on the same code when the test ends, and a test that leaves nothing to replay fails.
 * Tests get their world from `test` in fixture.ts, which also closes it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
  type Client,
  type Connection,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import { createContiguity, type Contiguity } from '../../contiguity/index.js';
import {
  NAMES,
  type ExtendAnswer,
  type ExtendRequest,
  type LeaseResult,
  type LeaseStatus,
  type Leased,
  type Message,
  type ProvisionRequest,
  type ProvisionStatus,
  type SendAnswer,
  type TerminateAnswer,
} from '../../domain/contract.js';
import type { Failure } from '../../domain/failures.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';
import { createWorker } from '../../worker/index.js';
import { Runs, type Run } from './runs.js';

import { timeSkippingExecutable, WORKFLOW_BUNDLE } from './servers.js';

const REAL_MOMENT_MS = 150;
const SKIPPED_AT_ONCE_MS = 1_000;
/** What should happen without time going on has happened within this, also on a busy machine. */
const REAL_PATIENCE_MS = 10_000;

export type { Run } from './runs.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** The server of a test file, and how its time goes. */
export interface Server {
  client: Client;
  connection: NativeConnection;
  namespace: string;
  now: () => number | Promise<number>;
  sleep(milliseconds: number): Promise<void>;
  /** Waits for what is pending, and lets time go on meanwhile; not needed where time goes on by itself. */
  waitFor?<T>(pending: Promise<T>): Promise<T>;
  /** Every run of the namespace, where the server keeps a list of them. */
  runs?(): AsyncIterable<Run>;
  close(): Promise<void>;
}

/** A server whose time skips while nothing happens. The one place that knows of its quirks. */
export async function timeSkippingServer(): Promise<Server> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: timeSkippingExecutable() },
  });
  await addSearchAttributes(env.connection, env.namespace ?? 'default');
  return {
    client: env.client,
    connection: env.nativeConnection,
    namespace: env.namespace ?? 'default',
    now: () => env.currentTimeMs(),
    sleep: (milliseconds) => env.sleep(milliseconds),
    waitFor: (pending) => skipWhile(pending, (milliseconds) => env.sleep(milliseconds)),
    close: () => env.teardown(),
  };
}

/**
 * The server does not skip time while the result of an update is awaited, so it is made to, a second at a time; but
 * first what needs no waiting gets a moment to happen.
 */
async function skipWhile<T>(pending: Promise<T>, sleep: (milliseconds: number) => Promise<void>): Promise<T> {
  const settled = pending.then(
    () => true,
    () => true,
  );
  const notYet = (milliseconds: number) => delay(milliseconds, false);
  if (await Promise.race([settled, notYet(REAL_MOMENT_MS)])) return pending;
  do await sleep(SKIPPED_AT_ONCE_MS);
  while (!(await Promise.race([settled, notYet(0)])));
  return pending;
}

export async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const types = { KEYWORD: 2, DOUBLE: 4, DATETIME: 6 } as const; // temporal.api.enums.v1.IndexedValueType
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, types[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}

export interface WorldOptions extends SimulatorOptions {
  /** Time limit of the worker's own calls to the simulator. */
  callTimeoutMs?: number;
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
    this.runs = new Runs(server.client);
  }

  static async open(server: Server, options: WorldOptions = {}): Promise<World> {
    const simulator = await startSimulator({ clock: server, ...options });
    return new World(server, simulator, options);
  }

  api(apiKey = this.simulator.apiKey, baseUrl = this.simulator.url): Contiguity {
    const { callTimeoutMs = 2_000 } = this.options;
    return createContiguity({ baseUrl, apiKey, callTimeoutMs });
  }

  /** Starts a worker, by default with the simulator's key and address; the function that is returned stops it again. */
  async work(apiKey?: string, baseUrl?: string): Promise<() => Promise<void>> {
    const { connection, namespace, now } = this.server;
    const api = this.api(apiKey, baseUrl);
    const worker = await createWorker({
      connection,
      namespace,
      api,
      config: { taskQueue: this.taskQueue },
      temporal: this.runs.client,
      bundle: WORKFLOW_BUNDLE,
      now,
    });
    const running = worker.run();
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      worker.shutdown();
      await running;
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
      },
    );
    this.runs.note(workflowId, handle.firstExecutionRunId);
    return new ProvisionHandle(handle);
  }

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

  /** Numbers for which a run was started, in the order of their first one. */
  get numbers(): string[] {
    return this.runs.numbers;
  }

  /** Waits for what happens without any time going on. */
  async soon(what: string, happened: () => Promise<boolean> | boolean): Promise<void> {
    const until = Date.now() + REAL_PATIENCE_MS;
    while (!(await happened())) {
      if (Date.now() > until) throw new Error(`waited in vain for this: ${what}`);
      await delay(20);
    }
  }

  /** Lets time go on in steps until something has happened. */
  async later(what: string, stepMs: number, happened: () => Promise<boolean> | boolean): Promise<void> {
    for (let step = 0; !(await happened()); step += 1) {
      if (step > 500) throw new Error(`waited in vain for this: ${what}`);
      await this.server.sleep(stepMs);
    }
  }

  /** Stops the workers and the simulator, checks the promise, and replays every run that was started. */
  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    const ledger = await this.simulator.controls.ledger();
    await this.simulator.close();
    for await (const { workflowId, runId } of this.server.runs?.() ?? []) this.runs.note(workflowId, runId);
    await this.runs.assertPromise(ledger);
    await this.runs.replayAll();
  }
}

export class ProvisionHandle {
  constructor(readonly handle: WorkflowHandle<(input: unknown) => Promise<Leased>>) {}

  result(): Promise<Leased> {
    return this.handle.result();
  }

  status(): Promise<ProvisionStatus> {
    return this.handle.query<ProvisionStatus>(NAMES.status);
  }
}

export class LeaseHandle {
  constructor(
    readonly number: string,
    readonly handle: WorkflowHandle<() => Promise<LeaseResult>>,
    private readonly server: Server,
  ) {}

  status(): Promise<LeaseStatus> {
    return this.handle.query<LeaseStatus>(NAMES.status);
  }

  result(): Promise<LeaseResult> {
    return this.handle.result();
  }

  async update<T>(name: string, args: unknown, updateId: string = randomUUID()): Promise<T> {
    const waitForStage = WorkflowUpdateStage.ACCEPTED;
    const update = await this.handle.startUpdate<T, [unknown]>(name, {
      args: [args],
      updateId,
      waitForStage,
    });
    const result = update.result();
    return this.server.waitFor?.(result) ?? result;
  }

  send(message: Message): Promise<SendAnswer> {
    return this.update(NAMES.send, message, message.id);
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.update(NAMES.extend, request);
  }

  terminate(reason?: string): Promise<TerminateAnswer> {
    return this.update(NAMES.terminate, reason === undefined ? {} : { reason });
  }
}

/** The failure with which a request ended; throws where it did not fail, or not with one of ours. */
export async function failureOf(request: Promise<unknown>): Promise<Failure> {
  const error: unknown = await request.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const failed = error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError;
  const cause = failed ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) throw error;
  const [details] = (cause.details ?? []) as (Failure | undefined)[];
  if (!details || details.type !== cause.type) throw new Error('the details are not those of the failure');
  return details;
}
