/**
 * A world on the Temporal server that a tier shares. Each has a namespace of its own, because one vendor account
 * belongs to one namespace: two simulators in one would doubt each other's releases.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowExecutionInfo, type WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { temporal } from '@temporalio/proto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { listRuns } from '../../activities/read-runs.js';
import { Leasehold } from '../../client/index.js';
import { RETRIED_CALLS } from '../../client/retried-calls.js';
import { EncryptionCodec, TolerantEncryptionCodec } from '../../codec/encryption-codec.js';
import { KEYS_VARIABLE, readKeyring } from '../../codec/keys.js';
import { createContiguity, Pace } from '../../contiguity/index.js';
import type { LeaseResult } from '../../domain/contract.js';
import { leaseId } from '../../domain/ids.js';
import { LEASE_LABELS, SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import type { SpendingLimits } from '../../domain/spending.js';
import {
  startSimulator,
  type LedgerEntry,
  type Simulator,
  type SimulatorOptions,
} from '../../simulator/index.js';
import { createWorker } from '../../worker/index.js';
import { addSearchAttributes } from '../../worker/search-attributes.js';
import type { Version } from '../../worker/version.js';
import type { EventsTarget } from '../../activities/post-event.js';
import { entriesOf, type EntryOf } from './ledger.js';
import { Runs } from './runs.js';
import { devServer, replaying, WORKFLOW_BUNDLE } from './servers.js';

const LISTING_PAUSE_MS = 300;
const PATIENCE_MS = 60_000;
/** As short as a termination can be and still be one. */
const TERMINATION = { minMs: 100, maxMs: 300 };

/** As brisk as the contract lets a caller be: these tests wait in real time. */
export const BRISK = { releasePolling: { initial: '1s', max: '1s' }, settleWindow: '1s' } as const;

export interface DevWorldOptions extends SimulatorOptions {
  /** Of another server than the tier's. */
  address?: string;
  /** Names that people are to see; default: names that no other test has. */
  namespace?: string;
  taskQueue?: string;
  /** On everything that is held and spent. */
  limits?: SpendingLimits;
  /** Where state changes and deliveries are told. */
  events?: EventsTarget;
  /** How often its workers look for releases that runs wait for; default: the runs look for themselves. */
  watchEveryMs?: number;
  /** `LEASEHOLD_API_RATE` of the worker in this process. */
  apiRate?: number;
  /** How that worker waits for its turns at the API; default: as a worker does. */
  pace?: Pace;
  /** `LEASEHOLD_ENCRYPTION_KEYS` of its clients and worker processes; the worker in this process has none. */
  keys?: string;
}

/** What a worker is made of. */
export interface Build {
  version?: Version;
  /** Path of its workflows' bundle. */
  bundle?: string;
}

/** Connections to a namespace that was just made. */
export interface Namespace {
  address: string;
  name: string;
  client: Client;
  native: NativeConnection;
  close(): Promise<void>;
}

export async function newNamespace(
  address: string,
  searchAttributes = true,
  name = `test-${randomUUID()}`,
  dataConverter?: DataConverter,
): Promise<Namespace> {
  const channelArgs = { 'grpc.max_receive_message_length': -1 }; // a page of a large history is larger than 4 MB
  const connection = await Connection.connect({ address, channelArgs, interceptors: RETRIED_CALLS });
  const native = await NativeConnection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace: name,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  if (searchAttributes) await addSearchAttributes(connection, name);
  const close = async () => {
    await native.close();
    await connection.close();
  };
  const client = new Client({ connection, namespace: name, ...(dataConverter && { dataConverter }) });
  return { address, name, client, native, close };
}

/** Our search attributes, but `LeaseLabels` as a Keyword. Temporal drops lists of labels there without an error. */
export async function addWithLabelsAsKeyword({ client, name }: Namespace): Promise<void> {
  const others = SEARCH_ATTRIBUTES.filter(({ name: its }) => its !== LEASE_LABELS.name);
  await addSearchAttributes(
    client.connection,
    name,
    others.map((one) => one.name),
  );
  const { INDEXED_VALUE_TYPE_KEYWORD: keyword } = temporal.api.enums.v1.IndexedValueType;
  const searchAttributes = { [LEASE_LABELS.name]: keyword };
  await client.connection.operatorService.addSearchAttributes({ namespace: name, searchAttributes });
}

/** A world that is closed when the test ends: the promise is checked and every run in its namespace is replayed. */
export async function devWorld(options: DevWorldOptions = {}): Promise<DevWorld> {
  const world = await DevWorld.open(options);
  onTestFinished(() => world.close());
  return world;
}

export class DevWorld {
  /** As a service would use it. */
  readonly leasehold: Leasehold;
  /** On which every run is replayed in the end: of the newest version, where there were several. */
  bundle = WORKFLOW_BUNDLE;
  private readonly stops: (() => Promise<void>)[] = [];

  private constructor(
    readonly namespace: Namespace,
    readonly simulator: Simulator,
    readonly taskQueue: string,
    /** Of the workers that are started from now on. */
    public limits: SpendingLimits | undefined,
    private readonly events: EventsTarget | undefined,
    /** Of its worker processes and commands that are started from now on. */
    public keys: string | undefined,
    private readonly watchEveryMs: number | undefined,
    private readonly newPace: () => Pace,
  ) {
    this.leasehold = new Leasehold(namespace.client, { taskQueue }, {});
  }

  static async open(options: DevWorldOptions = {}): Promise<DevWorld> {
    const { address = devServer().address, namespace: name, keys, ...rest } = options;
    const { taskQueue = `leasehold-${randomUUID()}` } = options;
    const namespace = await newNamespace(address, true, name, encrypting(keys));
    const simulator = await startSimulator({ termination: TERMINATION, ...rest });
    const { limits, events, watchEveryMs, apiRate, pace } = options;
    const newPace = () => pace ?? new Pace({ perSecond: apiRate });
    return new DevWorld(namespace, simulator, taskQueue, limits, events, keys, watchEveryMs, newPace);
  }

  get client(): Client {
    return this.namespace.client;
  }

  /**
   * Starts a worker in this process; the function that is returned lets it finish and stops it.
   * @param temporal with which its activities talk to Temporal
   * @param build of a version, with workflows of its own; default: today's, of none
   */
  async work(temporal = this.client, build: Build = {}): Promise<() => Promise<void>> {
    const { simulator, namespace, taskQueue, limits, events, watchEveryMs, newPace } = this;
    const { url: baseUrl, apiKey } = simulator;
    const api = createContiguity({ baseUrl, apiKey, callTimeoutMs: 2_000, pace: newPace() });
    const worker = await createWorker({
      connection: namespace.native,
      namespace: namespace.name,
      api,
      config: { taskQueue, ...(build.version && { version: build.version }) },
      temporal,
      bundle: build.bundle ?? WORKFLOW_BUNDLE,
      debugMode: true, // a thread of its own takes longer to start than most tests take
      limits,
      events,
      ...(watchEveryMs !== undefined && { watchEveryMs }),
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

  /** What a worker process of this world reads from its environment. */
  get env(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: this.namespace.address,
      TEMPORAL_NAMESPACE: this.namespace.name,
      CONTIGUITY_BASE_URL: this.simulator.url,
      CONTIGUITY_API_KEY: this.simulator.apiKey,
      LEASEHOLD_TASK_QUEUE: this.taskQueue,
      ...(this.keys !== undefined && { [KEYS_VARIABLE]: this.keys }),
    };
  }

  /** The run that owns a number. */
  run(number: string): WorkflowHandle<() => Promise<LeaseResult>> {
    return this.client.workflow.getHandle<() => Promise<LeaseResult>>(leaseId(number));
  }

  /** Entries of the vendor's ledger of one kind, oldest first. */
  entries<Kind extends LedgerEntry['kind']>(kind: Kind): Promise<EntryOf<Kind>[]> {
    return entriesOf(this.simulator, kind);
  }

  /** Numbers that are free now, the ones with requirements included. */
  async available(): Promise<string[]> {
    const { url, apiKey } = this.simulator;
    const api = createContiguity({ baseUrl: url, apiKey });
    const { data } = await api.lease.available();
    await api.close();
    return data.map(({ number }) => number);
  }

  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    const ledger = await this.simulator.controls.ledger();
    await this.simulator.close();
    await new Runs(this.client).assertPromise(ledger);
    await this.replayAll();
    await this.namespace.close();
  }

  /** Replays every run of the namespace, whoever started it. Fails where there is none: then the test tested nothing. */
  private async replayAll(): Promise<void> {
    const runs = await this.allRuns();
    if (runs.length === 0) throw new Error('this test left no run to replay: did it start any?');
    const histories = this.historiesOf(runs);
    const dataConverter = encrypting(this.keys, TolerantEncryptionCodec); // as workers do
    const options = { ...replaying(this.bundle), ...(dataConverter && { dataConverter }) };
    for await (const { error, workflowId, runId } of Worker.runReplayHistories(options, histories)) {
      if (error) throw await this.keep(error, workflowId, runId);
    }
  }

  private async *historiesOf(runs: WorkflowExecutionInfo[]) {
    for (const { workflowId, runId } of runs)
      yield { workflowId, history: await this.client.workflow.getHandle(workflowId, runId).fetchHistory() };
  }

  /** The history that does not replay, for whoever looks into it: the server is gone by then. */
  private async keep(error: Error, workflowId: string, runId: string): Promise<Error> {
    const history = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const file = join(tmpdir(), `not-replayed-${runId}.binpb`);
    await writeFile(file, temporal.api.history.v1.History.encode(history).finish());
    return new Error(`${workflowId} does not replay, its history is in ${file}`, { cause: error });
  }

  /** Temporal's list of runs lags a little: it counts as whole when it has stopped growing. */
  async allRuns(): Promise<WorkflowExecutionInfo[]> {
    for (let before = 0; ;) {
      const { count } = await this.client.workflow.count();
      if (count === before) break;
      before = count;
      await sleep(LISTING_PAUSE_MS);
    }
    const runs = [];
    for await (const run of listRuns(this.client, '')) runs.push(run);
    return runs;
  }
}

/** What reads and writes as the world's worker processes do. */
function encrypting(keys: string | undefined, Codec = EncryptionCodec): DataConverter | undefined {
  const read = readKeyring({ [KEYS_VARIABLE]: keys });
  if ('problem' in read) throw new Error(read.problem);
  return read.keyring && { payloadCodecs: [new Codec(read.keyring)] };
}

/** Asks until it is so; the last answer is in the error of a wait in vain. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}: ${JSON.stringify(answer)}`);
    await sleep(50);
  }
}
