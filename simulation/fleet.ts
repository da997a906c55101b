import type { WorkflowHandle } from '@temporalio/client';
import { createContiguity, type Contiguity } from '../contiguity/index.js';
import { seededFaults, type FaultCounts } from '../simulator/fault-profiles.js';
import { startSimulator, type Simulator } from '../simulator/index.js';
import { makeInventory } from '../simulator/inventory.js';
import { assumptionEvents } from './assumption-events.js';
import type { Assumption } from './assumptions.js';
import { drawWorld, type SeedWorld } from './draw-world.js';
import { Events, ListSwitch } from './events.js';
import { guardedLife, planGuards, type GuardPlan } from './guard-plan.js';
import type { Lives, Verdict } from './lives.js';
import { NO_LOSSES } from './losses.js';
import { planSeed, type SeedPlan } from './plan.js';
import { profileOf, type ProfileName } from './profiles.js';
import type { Show } from './shows.js';
import { WORKERS, type Stage } from './stage.js';
import { resolveDisputes } from './operator.js';
import { stillOpen } from './still-open.js';
import { openSurroundings, type Surroundings } from './surroundings.js';
import type { Tempo } from './tempo.js';

const SLOW_MS = 20;

export interface SeedOptions {
  seed: number;
  lives: number;
  profile: ProfileName;
  /** Some seeds have limits and guards; where ways are compared, none has: others know nothing of them. */
  guards: boolean;
}

export interface SeedReport extends Verdict {
  seed: number;
  faults: FaultCounts;
  /** What was unusual in this seed's world. */
  stretched: Assumption[];
  leases: number;
  texts: number;
  simulatedMs: number;
  /** It was not played to its end: a server did not start, or a seed hung. */
  brokeDown?: true;
  /** How often it was played in vain before, as its server spoilt it. */
  spoilt?: number;
}

/** All that is drawn for one seed. */
interface Draws {
  seed: number;
  plan: SeedPlan;
  guards?: GuardPlan;
  world: SeedWorld;
}

/** One seed: a fleet of lives in a world of its own, driven to a settled end, then held against the promise. */
export class Fleet {
  /** What the seed that is playing is at, for whoever wonders why it takes so long. */
  static doing = 'nothing';

  private constructor(
    private readonly stage: Stage,
    private readonly simulator: Simulator,
    private readonly faults: ReturnType<typeof seededFaults>,
    private readonly draws: Draws,
    private readonly lives: Lives,
    private readonly events: Events,
    private readonly around: Surroundings,
  ) {}

  static async run(stage: Stage, show: Show, options: SeedOptions): Promise<SeedReport> {
    const { seed } = options;
    const { tempo } = stage;
    const profile = profileOf(options.profile);
    const draws = drawsOf(options, tempo);
    const { plan, guards, world } = draws;
    const faults = seededFaults(seed, profile.faults, { slowMs: SLOW_MS, only: profile.only });
    const lists = new ListSwitch(tempo.faults(faults));
    const around = await openSurroundings(stage, world, seed);
    const simulator = await startSimulator({
      ...plan.world,
      ...world.simulator,
      ...(around.gateway && { webhook: around.gateway.webhook }),
      seed,
      clock: stage,
      faults: lists,
      deliveryMs: 0,
    });
    const { requestLimitMs = tempo.callTimeoutMs } = world;
    const apis = Array.from({ length: WORKERS }, () => apiOf(simulator, requestLimitMs));
    const { lives, activities } = show.begin(stage, {
      apis,
      clocksMs: world.workerClocksMs,
      limits: guards?.limits,
      events: around.receiver,
    });
    stage.play(activities);
    const events = new Events(
      seed,
      stage,
      simulator,
      lives,
      makeInventory(plan.world.inventorySize, seed),
      lists,
    );
    const fleet = new Fleet(stage, simulator, faults, draws, lives, events, around);
    try {
      return await fleet.live();
    } finally {
      stage.play([]);
      await simulator.close();
      await around.close();
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
    const { plan, guards } = this.draws;
    const steps = [
      ...plan.lives.map((life) => ({ atMs: life.atMs, act: () => this.lives.start(life.request) })),
      ...[...plan.events, ...(guards?.events ?? [])].map((event) => ({
        atMs: event.atMs,
        act: () => this.events.apply(event),
      })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, act } of steps) {
      const left = startedAt + atMs - (await this.stage.now());
      Fleet.doing = `the wait until ${atMs} ms`;
      if (left > 0) await this.stage.sleep(left);
      Fleet.doing = `what happens after ${atMs} ms`;
      await act();
    }
  }

  /** Faults stop, everybody is told to give back, and everything must come to its end. */
  private async settle(): Promise<string[]> {
    this.faults.stop();
    this.events.calm();
    this.around.receiver?.calm();
    const open: WorkflowHandle[] = [];
    const pass = await this.lives.hazards?.reconcile();
    if (pass) open.push(...(await this.untilClosed([pass])));
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
      await resolveDisputes(open, this.simulator);
      Fleet.doing = `waiting for the end of ${open.map(({ workflowId }) => workflowId).join(', ')}, for ${waited} ms`;
      await this.stage.sleep(step);
    }
    return open;
  }

  private async report(startedAt: number, open: string[]): Promise<SeedReport> {
    Fleet.doing = 'its report';
    const { seed, world } = this.draws;
    const ledger = await this.simulator.controls.ledger();
    const verdict = await this.lives.verdict({ ledger, skewMs: world.simulator.clockSkewMs ?? 0 });
    return {
      ...verdict,
      violations: [...verdict.violations, ...open],
      seed,
      faults: this.faults.counts(),
      stretched: [...world.stretched],
      leases: ledger.entries.filter(({ kind }) => kind === 'leased').length,
      texts: ledger.entries.filter(({ kind }) => kind === 'text').length,
      simulatedMs: (await this.stage.now()) - startedAt,
    };
  }
}

function drawsOf({ seed, lives, profile, guards: mayGuard }: SeedOptions, tempo: Tempo): Draws {
  const world = drawWorld(seed, profileOf(profile).assumptions);
  const plan = planSeed(seed, lives);
  plan.events.push(...assumptionEvents(seed, plan.lives, world.stretched));
  const guards = mayGuard ? planGuards(seed, plan.lives, plan.world.inventorySize) : undefined;
  if (!guards) return { seed, world: tempo.world(world), plan: tempo.plan(plan) };
  const guarded = { ...plan, lives: plan.lives.map((life) => guardedLife(seed, life)) };
  return { seed, world: tempo.world(world), plan: tempo.plan(guarded), guards: tempo.guards(guards) };
}

function apiOf({ url, apiKey }: Simulator, callTimeoutMs: number): Contiguity {
  return createContiguity({ baseUrl: url, apiKey, callTimeoutMs });
}

/** The report of a seed that could not be played to its end. */
export function brokenDown(seed: number, why: string): SeedReport {
  return { ...nothingOf(seed, `the simulation broke down: ${why}`), brokeDown: true };
}

/** The report of a seed in which a run cannot go on. */
export function stuck(seed: number, why: string): SeedReport {
  return nothingOf(seed, `a workflow task fails each time it is tried: ${why}`);
}

function nothingOf(seed: number, violation: string): SeedReport {
  const none = { faults: {}, stretched: [], leases: 0, texts: 0, simulatedMs: 0, losses: NO_LOSSES };
  return { seed, violations: [violation], story: new Map(), ...none };
}
