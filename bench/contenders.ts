/** The three ways to lead a number's life, each with a simulator of its own, so that its calls can be counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { Leasehold, LeaseholdError } from '../client/index.js';
import type { ProvisionRequest } from '../domain/contract.js';
import { leaseId, provisionId, TASK_QUEUE } from '../domain/ids.js';
import type { History } from './history-counts.js';
import { Helper } from './helper.js';
import type { BareLife } from './process/bare.js';
import type { Usage } from './process/serve.js';
import type { SimulatorReady } from './process/simulator.js';
import type { WorkerSettings } from './process/worker.js';
import { openNamespace, type Place, type Server } from './servers.js';
import { textbookId, textbookLease, usableUpdate } from './textbook/index.js';

/** One life; times in milliseconds from the call. */
export interface Life {
  /** Until the caller had a number that it could use. */
  usableMs: number;
  /** Until the release was proven and everything about the number was over. */
  wholeMs: number;
  runs: { workflowId: string; runId?: string }[];
}

export interface Contender {
  live(reference: string): Promise<Life>;
  /** Before a life: with what the worker may have read for others a moment before, or without. */
  prepare(inventory: 'cold' | 'warm'): Promise<void>;
  /** API calls so far. */
  calls(): Promise<number>;
  /** Leases that are open at the API. */
  open(): Promise<number>;
  /** The process that leads the lives: the worker, or the script. */
  worker(): Promise<Usage>;
  /** Of each run; none where there is no Temporal. */
  histories(runs: Life['runs']): Promise<History[]>;
  close(): Promise<void>;
}

export interface ContenderOptions {
  server: Server;
  /** Before each answer of the API, in milliseconds. */
  roundTripMs: number;
  /** Numbers at the API. */
  inventorySize: number;
  /** Node's arguments for the worker. */
  execArgv?: string[];
}

/** The words of one life; its text is sent and its termination asked for as soon as the number is usable. */
const request = (reference: string) => ({
  reference,
  criteria: {},
  messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
  terminateAfterMessages: true,
});

/** The shortest waits that the contract allows. */
const BRISK = { releasePolling: { initial: '1s', max: '1s' }, settleWindow: '1s' } as const;
const NOT_ASSIGNED = '000';
/** A little longer than one answer of the inventory serves a worker. */
const COLD_AFTER_MS = 1_100;

function startSimulator({ roundTripMs, inventorySize }: ContenderOptions): Promise<Helper<SimulatorReady>> {
  const termination = { minMs: 0, maxMs: 0 };
  return Helper.start('simulator', { latencyMs: roundTripMs, inventorySize, termination });
}

export async function startBare(options: ContenderOptions): Promise<Contender> {
  const simulator = await startSimulator(options);
  const script = await Helper.start('bare', simulator.ready);
  return {
    live: async () => ({ ...(await script.ask<BareLife>('live')), runs: [] }),
    prepare: () => Promise.resolve(),
    calls: () => simulator.ask('calls'),
    open: () => simulator.ask('open'),
    worker: () => script.usage(),
    histories: () => Promise.resolve([]),
    close: async () => {
      await script.stop();
      await simulator.stop();
    },
  };
}

/** What a way that is led by a worker has in common with the others of its kind. */
async function startWorker(way: WorkerSettings['way'], options: ContenderOptions) {
  const simulator = await startSimulator(options);
  const place = await openNamespace(options.server);
  const { url: baseUrl, apiKey } = simulator.ready;
  const settings: WorkerSettings = {
    way,
    address: options.server.address,
    namespace: place.namespace,
    taskQueue: TASK_QUEUE,
    api: { baseUrl, apiKey },
  };
  const worker = await Helper.start('worker', settings, options.execArgv);
  /** Lives under way. */
  let under = 0;
  const counted = (live: Contender['live']): Contender['live'] => {
    return (reference) => {
      under += 1;
      return live(reference).finally(() => (under -= 1));
    };
  };
  const rest: Omit<Contender, 'live' | 'prepare'> = {
    calls: () => simulator.ask('calls'),
    open: () => simulator.ask('open'),
    worker: () => worker.usage(),
    histories: (runs) => historiesOf(place, runs),
    close: async () => {
      await worker.ask('stop');
      await worker.stop();
      await simulator.stop();
      if (under === 0) await place.close(); // lives that nobody waits for any more go on asking
    },
  };
  return { place, rest, counted };
}

function historiesOf({ client }: Place, runs: Life['runs']): Promise<History[]> {
  const handles = runs.map(({ workflowId, runId }) => client.workflow.getHandle(workflowId, runId));
  return Promise.all(handles.map((handle) => handle.fetchHistory()));
}

export async function startTextbook(options: ContenderOptions): Promise<Contender> {
  const { place, rest, counted } = await startWorker('textbook', options);
  const live = async (reference: string): Promise<Life> => {
    const began = performance.now();
    const workflowId = textbookId(reference);
    const startWorkflowOperation = new WithStartWorkflowOperation(textbookLease, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [request(reference)],
      workflowIdConflictPolicy: 'FAIL',
    });
    await place.client.workflow.executeUpdateWithStart(usableUpdate, { startWorkflowOperation });
    const usableMs = performance.now() - began;
    await (await startWorkflowOperation.workflowHandle()).result();
    return { usableMs, wholeMs: performance.now() - began, runs: [{ workflowId }] };
  };
  return { ...rest, live: counted(live), prepare: () => Promise.resolve() };
}

export async function startProduct(options: ContenderOptions): Promise<Contender> {
  const { place, rest, counted } = await startWorker('product', options);
  const leasehold = new Leasehold(place.client, { taskQueue: TASK_QUEUE }, {});
  let searches = 0;
  const live = async (reference: string): Promise<Life> => {
    const began = performance.now();
    const lease = await leasehold.provision({ ...request(reference), ...BRISK });
    const usableMs = performance.now() - began;
    await lease.released();
    const runs = [{ workflowId: provisionId(reference) }, { workflowId: leaseId(lease.number) }];
    return { usableMs, wholeMs: performance.now() - began, runs };
  };
  const prepare = async (inventory: 'cold' | 'warm') => {
    await sleep(COLD_AFTER_MS);
    if (inventory === 'cold') return;
    const nobodys: ProvisionRequest = {
      reference: `search-${(searches += 1)}`,
      criteria: { areaCode: NOT_ASSIGNED },
    };
    await leasehold.provision(nobodys).then(
      () => Promise.reject(new Error(`there is a number with the area code ${NOT_ASSIGNED}`)),
      (error: unknown) => {
        if (!(error instanceof LeaseholdError) || error.type !== 'NoNumberAvailable') throw error;
      },
    );
  };
  return { ...rest, live: counted(live), prepare };
}
