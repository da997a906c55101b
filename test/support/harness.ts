/**
 * One world for a test: a Temporal server, the simulator on the server's own clock, a worker. Every run that a test
 * started is replayed on the same code when the test ends, and a test that leaves nothing to replay fails.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, type Client, type Connection, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import { createContiguity, type Contiguity } from '../../contiguity/index.js';
import {
  NAMES,
  type LeaseResult,
  type LeaseStatus,
  type Leased,
  type ProvisionRequest,
} from '../../domain/contract.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';
import { createWorker } from '../../worker/index.js';
import { timeSkippingExecutable, WORKFLOW_BUNDLE } from './servers.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** The server of a test file, and how its time goes. */
export interface Server {
  client: Client;
  connection: NativeConnection;
  namespace: string;
  now: () => number | Promise<number>;
  sleep(milliseconds: number): Promise<void>;
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
    close: () => env.teardown(),
  };
}

async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const types = { KEYWORD: 2, DOUBLE: 4, DATETIME: 6 } as const; // temporal.api.enums.v1.IndexedValueType
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, types[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}

export interface WorldOptions extends SimulatorOptions {
  /** Time limit of the worker's own calls to the simulator. */
  callTimeoutMs?: number;
}

export class World {
  private readonly started = new Set<string>();
  private readonly stops: (() => Promise<void>)[] = [];
  readonly taskQueue = `leasehold-${randomUUID()}`;

  private constructor(
    readonly server: Server,
    readonly simulator: Simulator,
    private readonly options: WorldOptions,
  ) {}

  static async open(server: Server, options: WorldOptions = {}): Promise<World> {
    const simulator = await startSimulator({ clock: server, ...options });
    return new World(server, simulator, options);
  }

  api(apiKey = this.simulator.apiKey): Contiguity {
    const { callTimeoutMs = 2_000 } = this.options;
    return createContiguity({ baseUrl: this.simulator.url, apiKey, callTimeoutMs });
  }

  /** Starts a worker; the function that is returned stops it again. */
  async work(apiKey?: string): Promise<() => Promise<void>> {
    const { server } = this;
    const { connection, namespace, client } = server;
    const api = this.api(apiKey);
    const config = { taskQueue: this.taskQueue };
    const worker = await createWorker({
      connection,
      namespace,
      api,
      config,
      temporal: client,
      bundle: WORKFLOW_BUNDLE,
      now: server.now,
    });
    const running = worker.run();
    let stopped = false;
    const stop = async () => {
      if (stopped) return;
      stopped = true;
      worker.shutdown();
      await running;
      await api.close();
    };
    this.stops.push(stop);
    return stop;
  }

  async start(request: ProvisionRequest): Promise<WorkflowHandle<() => Promise<Leased>>> {
    const workflowId = provisionId(request.reference);
    this.started.add(workflowId);
    return this.server.client.workflow.start<() => Promise<Leased>>(NAMES.provisionLease, {
      workflowId,
      taskQueue: this.taskQueue,
      args: [request] as unknown as [],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
  }

  async provision(request: ProvisionRequest): Promise<Leased> {
    const handle = await this.start(request);
    const leased = await handle.result();
    this.lease(leased.number);
    return leased;
  }

  /** The run that owns a number. */
  lease(number: string): LeaseHandle {
    this.started.add(leaseId(number));
    return new LeaseHandle(
      this.server.client.workflow.getHandle<() => Promise<LeaseResult>>(leaseId(number)),
    );
  }

  /** Stops the workers and the simulator, and replays every run that was started. */
  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    await this.simulator.close();
    await this.replayAll();
  }

  private async replayAll(): Promise<void> {
    let replayed = 0;
    for (const workflowId of this.started) {
      const history = await this.server.client.workflow
        .getHandle(workflowId)
        .fetchHistory()
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return undefined;
          throw error;
        });
      if (!history) continue;
      await Worker.runReplayHistory({ workflowBundle: { codePath: WORKFLOW_BUNDLE } }, history, workflowId);
      replayed += 1;
    }
    if (replayed === 0) throw new Error('this test left no run to replay: did it start any?');
  }
}

export class LeaseHandle {
  constructor(readonly handle: WorkflowHandle<() => Promise<LeaseResult>>) {}

  status(): Promise<LeaseStatus> {
    return this.handle.query<LeaseStatus>(NAMES.status);
  }

  result(): Promise<LeaseResult> {
    return this.handle.result();
  }

  update<T>(name: string, args: unknown, updateId?: string): Promise<T> {
    const id = updateId === undefined ? {} : { updateId };
    return this.handle.executeUpdate<T, [unknown]>(name, { args: [args], ...id });
  }
}
