import type { WorkflowHandle } from '@temporalio/client';
import { createContiguity, type Contiguity } from '../contiguity/index.js';
import { seededFaults, type FaultCounts, type FaultProfile } from '../simulator/fault-profiles.js';
import { startSimulator, type Simulator } from '../simulator/index.js';
import { makeInventory } from '../simulator/inventory.js';
import { guardedLife, isOfGuards, planGuards, type GuardEvent, type GuardPlan } from './guard-plan.js';
import type { Lives, Verdict } from './lives.js';
import { NO_LOSSES } from './losses.js';
import type { Show } from './shows.js';
import {
  planSeed,
  RECIPIENTS,
  type LifeEvent,
  type PlannedEvent,
  type SeedPlan,
  type WorldEvent,
} from './plan.js';
import { WORKERS, type Stage } from './stage.js';
import { stillOpen } from './still-open.js';
import type { Tempo } from './tempo.js';

const SLOW_MS = 20;

export interface SeedOptions {
  seed: number;
  lives: number;
  profile: FaultProfile;
  /** Some seeds have limits and guards; where ways are compared, none has: others know nothing of them. */
  guards: boolean;
}

export interface SeedReport extends Verdict {
  seed: number;
  faults: FaultCounts;
  leases: number;
  texts: number;
  simulatedMs: number;
  /** It was not played to its end: a server did not start, or a seed hung. */
  brokeDown?: true;
  /** How often it was played in vain before, as its server spoilt it. */
  spoilt?: number;
}

/** One seed: a fleet of lives in a world of its own, driven to a settled end, then held against the promise. */
export class Fleet {
  private readonly inventory: { id: string }[];
  /** What the seed that is playing is at, for whoever wonders why it takes so long. */
  static doing = 'nothing';

  private constructor(
    private readonly stage: Stage,
    private readonly simulator: Simulator,
    private readonly faults: ReturnType<typeof seededFaults>,
    private readonly plan: SeedPlan,
    private readonly guardEvents: GuardEvent[],
    private readonly lives: Lives,
    private readonly seed: number,
  ) {
    this.inventory = makeInventory(this.plan.world.inventorySize, seed);
  }

  static async run(stage: Stage, show: Show, options: SeedOptions): Promise<SeedReport> {
    const { seed, profile } = options;
    const faults = seededFaults(seed, profile, { slowMs: SLOW_MS });
    const { tempo } = stage;
    const { plan, guards } = planOf(options, tempo);
    const clock = { now: async () => (await stage.now()) + plan.world.skewMs };
    const simulator = await startSimulator({
      ...plan.world,
      seed,
      clock,
      faults: tempo.faults(faults),
      deliveryMs: 0,
    });
    const apis = Array.from({ length: WORKERS }, () => apiOf(simulator, tempo));
    const { lives, activities } = show.begin(stage, apis, guards?.limits);
    stage.play(activities);
    const fleet = new Fleet(stage, simulator, faults, plan, guards?.events ?? [], lives, seed);
    try {
      return await fleet.live();
    } finally {
      stage.play([]);
      await simulator.close();
      await Promise.all(apis.map((api) => api.close()));
    }
  }

  private async live(): Promise<SeedReport> {
    const startedAt = await this.stage.now();
    await this.play(startedAt);
    const open = await this.settle();
    return this.report(startedAt, open);
  }

  /** Everything that is planned, at its time. */
  private async play(startedAt: number): Promise<void> {
    const steps = [
      ...this.plan.lives.map((life) => ({ atMs: life.atMs, act: () => this.lives.start(life.request) })),
      ...this.plan.events.map((event) => ({ atMs: event.atMs, act: () => this.happen(event) })),
      ...this.guardEvents.map((event) => ({ atMs: event.atMs, act: () => this.happen(event) })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, act } of steps) {
      const left = startedAt + atMs - (await this.stage.now());
      Fleet.doing = `the wait until ${atMs} ms`;
      if (left > 0) await this.stage.sleep(left);
      Fleet.doing = `what happens after ${atMs} ms`;
      await act();
    }
  }

  /** What happens may be too late or too early for the life that it is meant for: then nothing happens. */
  private async happen(event: PlannedEvent | GuardEvent): Promise<void> {
    try {
      if (isOfGuards(event)) await this.actOnGuards(event);
      else await ('reference' in event ? this.actOnLife(event) : this.actOnWorld(event));
    } catch {
      // refused, which is an answer too: the ledger is what counts
    }
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

  private async actOnGuards(event: GuardEvent): Promise<void> {
    const { guarded } = this.lives;
    if (!guarded) return;
    if (event.kind === 'hand-made' || event.kind === 'adopt') {
      const number = this.inventory[event.nth]?.id;
      if (number === undefined) return;
      if (event.kind === 'adopt') return guarded.adopt(number, event.terms);
      await this.simulator.controls.leaseByHand(number);
      return;
    }
    if (event.kind === 'terminate-guarded') return this.lives.terminate(event.reference);
    const run = await this.lives.runOf?.(event.reference);
    if (!run) return;
    if (event.kind === 'protect') await guarded.watch.protect(run, event.on);
    if (event.kind === 'restore') await guarded.watch.restore(run);
    if (event.kind === 'renew') await guarded.watch.renew(run, event.auto);
  }

  private async actOnLife(event: LifeEvent): Promise<void> {
    const { lives } = this;
    const { reference } = event;
    if (event.kind === 'cancel-provision') return lives.cancelProvision(reference);
    if (event.kind === 'cancel-lease') return lives.cancelLease(reference);
    if (event.kind === 'terminate') return lives.terminate(reference);
    if (event.kind === 'send')
      return lives.send(reference, { id: event.id, to: RECIPIENTS[0], message: event.id });
    const number = await lives.numberOf(reference);
    if (number === undefined) return;
    const { controls } = this.simulator;
    if (event.kind === 'release-by-hand') await controls.releaseByHand(number);
    else await controls.setLeaseStatus(number, 'paused');
  }

  /** Faults stop, everybody is told to give back, and everything must come to its end. */
  private async settle(): Promise<string[]> {
    this.faults.stop();
    this.simulator.controls.setKey(this.simulator.apiKey);
    const open: WorkflowHandle[] = [];
    for (const ending of this.lives.endings()) {
      if (ending.cancelFirst) await this.lives.noteOwners?.(await this.numbersLeased());
      const handles = ending.runs();
      if (ending.cancelFirst) {
        await this.lives.guarded?.watch.cancelling({}); // now, and not before: an adoption may have just begun
        await Promise.all(handles.map((run) => run.cancel().catch(() => undefined)));
      }
      open.push(...(await this.untilClosed(handles)));
    }
    return Promise.all(open.map(stillOpen));
  }

  private async numbersLeased(): Promise<string[]> {
    const { open } = await this.simulator.controls.ledger();
    return open.map(({ number }) => number);
  }

  /** Lets time go on, a while at once, until these runs are closed; what is still open after days is returned. */
  private async untilClosed(runs: WorkflowHandle[]): Promise<WorkflowHandle[]> {
    const { settleStepMs, settledWithinMs } = this.stage.tempo;
    let open = runs;
    let step = settleStepMs;
    for (let waited = 0; waited < settledWithinMs; waited += step, step = Math.round(step * 1.3)) {
      const states = await Promise.all(
        open.map(async (run) => ({ run, state: (await run.describe()).status.name })),
      );
      open = states.flatMap(({ run, state }) => (state === 'RUNNING' ? [run] : []));
      if (open.length === 0) return [];
      Fleet.doing = `waiting for the end of ${open.map(({ workflowId }) => workflowId).join(', ')}, for ${waited} ms`;
      await this.stage.sleep(step);
    }
    return open;
  }

  private async report(startedAt: number, open: string[]): Promise<SeedReport> {
    Fleet.doing = 'its report';
    const ledger = await this.simulator.controls.ledger();
    const verdict = await this.lives.verdict({ ledger, skewMs: this.plan.world.skewMs });
    return {
      ...verdict,
      violations: [...verdict.violations, ...open],
      seed: this.seed,
      faults: this.faults.counts(),
      leases: ledger.entries.filter(({ kind }) => kind === 'leased').length,
      texts: ledger.entries.filter(({ kind }) => kind === 'text').length,
      simulatedMs: (await this.stage.now()) - startedAt,
    };
  }
}

function planOf(
  { seed, lives, guards: mayGuard }: SeedOptions,
  tempo: Tempo,
): { plan: SeedPlan; guards?: GuardPlan } {
  const plan = planSeed(seed, lives);
  const guards = mayGuard ? planGuards(seed, plan.lives, plan.world.inventorySize) : undefined;
  if (!guards) return { plan: tempo.plan(plan) };
  const guarded = { ...plan, lives: plan.lives.map((life) => guardedLife(seed, life)) };
  return { plan: tempo.plan(guarded), guards: tempo.guards(guards) };
}

function apiOf({ url, apiKey }: Simulator, { callTimeoutMs }: Tempo): Contiguity {
  return createContiguity({ baseUrl: url, apiKey, callTimeoutMs });
}

/** The report of a seed that could not be played to its end. */
export function brokenDown(seed: number, why: string): SeedReport {
  const violations = [`the simulation broke down: ${why}`];
  const none = { faults: {}, leases: 0, texts: 0, simulatedMs: 0, losses: NO_LOSSES };
  return { seed, violations, story: new Map(), ...none, brokeDown: true };
}
