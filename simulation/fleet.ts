import { Client, type WorkflowClientInterceptor, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { createContiguity, type Contiguity } from '../contiguity/index.js';
import { NAMES, type LeaseMemo, type LeaseResult, type Leased } from '../domain/contract.js';
import { leaseId, provisionId } from '../domain/ids.js';
import { seededFaults, type FaultCounts, type FaultProfile } from '../simulator/fault-profiles.js';
import { startSimulator, type Simulator } from '../simulator/index.js';
import { makeInventory } from '../simulator/inventory.js';
import { createWorker } from '../worker/index.js';
import { violations, type Evidence, type LeaseRunSeen } from './invariants.js';
import {
  planSeed,
  RECIPIENTS,
  type LifeEvent,
  type PlannedEvent,
  type PlannedLife,
  type SeedPlan,
  type WorldEvent,
} from './plan.js';

/** The worker's time limit for a call; short, because every hung call of a seed costs it in real time. */
const CALL_TIMEOUT_MS = 150;
const ACQUIRE_WAIT_MS = 40;
const WORKERS = 2;
const SETTLE_STEP_MS = 5 * 60_000;
const SETTLED_WITHIN_MS = 5 * 86_400_000;

export interface SeedOptions {
  seed: number;
  lives: number;
  profile: FaultProfile;
}

export interface SeedReport {
  seed: number;
  violations: string[];
  /** number → what happened to it, in order, for a violation that names it. */
  story: Map<string, string[]>;
  faults: FaultCounts;
  leases: number;
  texts: number;
  simulatedMs: number;
}

type Provision = WorkflowHandle<() => Promise<Leased>>;

/** One seed: a fleet of lives in a world of its own, driven to a settled end, then held against the promise. */
export class Fleet {
  private readonly provisions = new Map<string, Provision>();
  /** Runs of numbers that this seed started, by run id. */
  private readonly seen = new Map<string, RunId>();
  private readonly inventory: { id: string }[];
  private readonly taskQueue: string;
  private readonly plan: SeedPlan;
  /** Not the environment's own: that one moves time with each result that is awaited, and counts wrong for many. */
  private readonly client: Client;

  private constructor(
    private readonly env: TestWorkflowEnvironment,
    private readonly simulator: Simulator,
    private readonly faults: ReturnType<typeof seededFaults>,
    private readonly options: SeedOptions,
  ) {
    this.plan = planSeed(options.seed, options.lives);
    this.inventory = makeInventory(this.plan.world.inventorySize, options.seed);
    const { connection, namespace = 'default' } = env;
    this.client = new Client({ connection, namespace, interceptors: { workflow: [noting(this.seen)] } });
    this.taskQueue = `seed-${options.seed}-${Date.now()}`;
  }

  static async run(env: TestWorkflowEnvironment, options: SeedOptions): Promise<SeedReport> {
    const faults = seededFaults(options.seed, options.profile);
    const { world } = planSeed(options.seed, options.lives);
    const clock = { now: async () => (await env.currentTimeMs()) + world.skewMs };
    const simulator = await startSimulator({ ...world, seed: options.seed, clock, faults, deliveryMs: 0 });
    const fleet = new Fleet(env, simulator, faults, options);
    try {
      return await fleet.live();
    } finally {
      await simulator.close();
    }
  }

  private async live(): Promise<SeedReport> {
    const apis = Array.from({ length: WORKERS }, () =>
      createContiguity({
        baseUrl: this.simulator.url,
        apiKey: this.simulator.apiKey,
        callTimeoutMs: CALL_TIMEOUT_MS,
      }),
    );
    const connections = await Promise.all(
      apis.map(() => NativeConnection.connect({ address: this.env.address })),
    );
    const workers = await Promise.all(apis.map((api, nth) => this.createWorker(api, connections[nth])));
    const startedAt = await this.env.currentTimeMs();
    const running = Promise.all(workers.map((worker) => worker.run()));
    try {
      await this.play(startedAt);
      await this.settle();
      return await this.report(startedAt);
    } finally {
      for (const worker of workers) worker.shutdown();
      await running;
      await Promise.all([...apis, ...connections].map((each) => each.close()));
    }
  }

  /** Workers of one queue need a connection each, as they would in processes of their own. */
  private createWorker(api: Contiguity, connection = this.env.nativeConnection): Promise<Worker> {
    const { namespace = 'default' } = this.env;
    const now = () => this.env.currentTimeMs();
    const config = { taskQueue: this.taskQueue };
    return createWorker({
      connection,
      namespace,
      api,
      config,
      temporal: this.client,
      now,
      acquireWaitMs: ACQUIRE_WAIT_MS,
    });
  }

  /** Everything that is planned, at its time. */
  private async play(startedAt: number): Promise<void> {
    const steps = [
      ...this.plan.lives.map((life) => ({ atMs: life.atMs, act: () => this.start(life) })),
      ...this.plan.events.map((event) => ({ atMs: event.atMs, act: () => this.happen(event) })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, act } of steps) {
      const left = startedAt + atMs - (await this.env.currentTimeMs());
      if (left > 0) await this.env.sleep(left);
      await act();
    }
  }

  private async start({ request }: PlannedLife): Promise<void> {
    const workflowId = provisionId(request.reference);
    const started = this.client.workflow.start<(input: typeof request) => Promise<Leased>>(
      NAMES.provisionLease,
      {
        workflowId,
        taskQueue: this.taskQueue,
        args: [request],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      },
    );
    await started.catch(() => undefined); // the reference has its answer already
    this.provisions.set(request.reference, this.client.workflow.getHandle<() => Promise<Leased>>(workflowId));
  }

  /** What happens may be too late or too early for the life that it is meant for: then nothing happens. */
  private async happen(event: PlannedEvent): Promise<void> {
    try {
      await this.act(event);
    } catch {
      // refused, which is an answer too: the ledger is what counts
    }
  }

  private act(event: PlannedEvent): Promise<unknown> {
    return 'reference' in event ? this.actOnLife(event) : this.actOnWorld(event);
  }

  private async actOnWorld(event: WorldEvent): Promise<void> {
    const { controls, apiKey } = this.simulator;
    if (event.kind === 'key-revoked') controls.setKey('contiguity_sk_another');
    if (event.kind === 'key-restored') controls.setKey(apiKey);
    if (event.kind !== 'lease-by-hand' && event.kind !== 'lease-by-other') return;
    const number = this.inventory[event.nth]?.id;
    if (number === undefined) return;
    await (event.kind === 'lease-by-hand' ? controls.leaseByHand(number) : controls.leaseByOther(number));
  }

  private async actOnLife(event: LifeEvent): Promise<void> {
    if (event.kind === 'cancel-provision') await this.provisions.get(event.reference)?.cancel();
    const number = await this.numberOf(event.reference);
    if (number === undefined) return;
    const { controls } = this.simulator;
    const run = this.client.workflow.getHandle(leaseId(number));
    if (event.kind === 'cancel-lease') await run.cancel();
    if (event.kind === 'release-by-hand') await controls.releaseByHand(number);
    if (event.kind === 'pause') await controls.setLeaseStatus(number, 'paused');
    if (event.kind === 'terminate') await accepted(run, NAMES.terminate, {});
    if (event.kind === 'send') {
      await accepted(run, NAMES.send, { id: event.id, to: RECIPIENTS[0], message: event.id });
    }
  }

  private async numberOf(reference: string): Promise<string | undefined> {
    const provision = this.provisions.get(reference);
    if (!provision) return undefined;
    const status = await provision.query<{ number?: string }>(NAMES.status);
    return status.number;
  }

  /** Faults stop, everybody is told to give back, and everything must come to its end. */
  private async settle(): Promise<void> {
    this.faults.stop();
    this.simulator.controls.setKey(this.simulator.apiKey);
    await this.untilClosed([...this.provisions.values()]);
    const runs = [...this.seen.values()].map(({ workflowId }) => this.client.workflow.getHandle(workflowId));
    await Promise.all(runs.map((run) => run.cancel().catch(() => undefined)));
    await this.untilClosed(runs);
  }

  /** Lets time go on, a while at once, until these runs are closed; in vain after days. */
  private async untilClosed(runs: WorkflowHandle[]): Promise<void> {
    let open = runs;
    for (let waited = 0; waited < SETTLED_WITHIN_MS; waited += SETTLE_STEP_MS) {
      const states = await Promise.all(
        open.map(async (run) => ({ run, state: (await run.describe()).status.name })),
      );
      open = states.flatMap(({ run, state }) => (state === 'RUNNING' ? [run] : []));
      if (open.length === 0) return;
      await this.env.sleep(SETTLE_STEP_MS);
    }
    throw new Error(`still open at the end: ${open.map(({ workflowId }) => workflowId).join(', ')}`);
  }

  private async report(startedAt: number): Promise<SeedReport> {
    const { seed } = this.options;
    const ledger = await this.simulator.controls.ledger();
    const runs = await Promise.all([...this.seen.values()].map((run) => runSeen(this.client, run)));
    const evidence = { ledger, runs, skewMs: this.plan.world.skewMs };
    return {
      seed,
      violations: violations(evidence),
      story: storyOf(evidence),
      faults: this.faults.counts(),
      leases: ledger.entries.filter(({ kind }) => kind === 'leased').length,
      texts: ledger.entries.filter(({ kind }) => kind === 'text').length,
      simulatedMs: (await this.env.currentTimeMs()) - startedAt,
    };
  }
}

/** The ledger and the runs of each number, as lines in the order of time. */
function storyOf({ ledger, runs, skewMs }: Evidence): Map<string, string[]> {
  const facts = [
    ...ledger.entries.map((entry) => ({
      at: entry.at - skewMs,
      number: entry.number,
      text: `${entry.kind} ${entry.leaseId}`,
    })),
    ...runs.flatMap(({ number, openedAt, closedAt, result }) => [
      { at: openedAt, number, text: 'run opened' },
      { at: closedAt ?? Number.POSITIVE_INFINITY, number, text: `run closed: ${JSON.stringify(result)}` },
    ]),
  ].sort((a, b) => a.at - b.at);
  const story = new Map<string, string[]>();
  for (const { at, number, text } of facts)
    story.set(number, [...(story.get(number) ?? []), `${new Date(at).toISOString()} ${text}`]);
  return story;
}

interface RunId {
  workflowId: string;
  runId: string;
}

/** The server keeps no list of runs, so each start of a number's run is noted on its way there. */
function noting(seen: Map<string, RunId>): WorkflowClientInterceptor {
  return {
    startUpdateWithStart: async (input, next) => {
      const output = await next(input);
      const { workflowId, runId } = output.workflowExecution;
      if (runId) seen.set(runId, { workflowId, runId });
      return output;
    },
  };
}

async function runSeen({ workflow }: Client, { workflowId, runId }: RunId): Promise<LeaseRunSeen> {
  const handle = workflow.getHandle<() => Promise<LeaseResult>>(workflowId, runId);
  const { startTime, closeTime, status, memo } = await handle.describe();
  return {
    number: workflowId.slice(leaseId('').length),
    provisionRunId: (memo as LeaseMemo | undefined)?.provisionRunId ?? runId,
    openedAt: startTime.getTime(),
    closedAt: closeTime?.getTime(),
    status: status.name,
    result: status.name === 'COMPLETED' ? await handle.result() : undefined,
  };
}

async function accepted(run: WorkflowHandle, name: string, argument: object): Promise<void> {
  await run.startUpdate<unknown, [object]>(name, { args: [argument], waitForStage: 'ACCEPTED' });
}
