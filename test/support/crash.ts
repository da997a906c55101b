/** Lives in the middle of which a process is killed: the worker, the Temporal server, or both at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import { beforeAll, expect, test } from 'vitest';
import { timeOf } from '../../bench/history-counts.js';
import { LeaseholdError, type ErrorType, type Provision } from '../../client/index.js';
import type { ProvisionRequest } from '../../domain/contract.js';
import type { FaultPlan } from '../../simulator/index.js';
import { BRISK, DevWorld, until, type DevWorldOptions } from './dev-world.js';
import { OwnServer } from './own-server.js';
import { TemporalProxy, type Watch } from './temporal-proxy.js';
import { Gate, startWorkerProcess, type WorkerProcess } from './worker-process.js';

/** The machine has other things to do: so many lives are brought to their blow at once. */
const starts = new Gate(4);
/** Temporal servers at once, beside the one that all tests share. */
const servers = new Gate(8);
/** Workers of this process, which finish what a killed one began: mostly they wait for Temporal's time limits. */
const rescuers = new Gate(16);

/** What takes so long hangs: on a busy machine workflow tasks time out after 10 s, several in a row. */
const BLOW_LIMIT_MS = 240_000;
const END_LIMIT_MS = 240_000;
/** The first test waits for the lives before it as well. */
const TEST_LIMIT_MS = 600_000;

export const TEXT = { id: 'm1', to: '+12025550123', message: 'Only once' };
export const LIFE = { messages: [TEXT], terminateAfterMessages: true, ...BRISK };
/** Longer than the first look is away, so that it finds the number still leased. */
const TERMINATION = { minMs: 4_000, maxMs: 4_000 };

/** Where the blow falls in the middle of a life: once, at the moment that a fault plan or a proxy finds. */
export class Blow {
  private readonly victims: (() => void)[] = [];
  private land: () => void = () => undefined;
  private readonly landed = new Promise<void>((resolve) => (this.land = resolve));
  hasFallen = false;

  aimAt(kill: () => void): void {
    this.victims.push(kill);
  }

  strike(): void {
    if (this.hasFallen) return;
    this.hasFallen = true;
    for (const kill of this.victims) kill();
    this.land();
  }

  /** Rejects where it never falls, as then nothing was proven, or where the life could not even begin. */
  async fallen(begun: Promise<unknown>): Promise<void> {
    const failed = begun.then(() => this.landed);
    await within(BLOW_LIMIT_MS, 'the blow fell', Promise.race([this.landed, failed]));
  }
}

export type Struck = 'worker' | 'server' | 'both';

export interface Life {
  struck: Struck;
  blow: Blow;
  /** Sees what the worker and the Temporal server tell each other; it may strike. */
  watch: Watch;
  request?: Partial<ProvisionRequest>;
  /** What goes wrong at the vendor; it may strike, too. */
  faults?: FaultPlan;
  world?: DevWorldOptions;
  /** How long the server is away before it starts again. */
  outageMs?: number;
  /** Of a Temporal server of its own: its dynamic configuration. */
  settings?: string[];
  /** What else happens before the blow. */
  meanwhile?: (provision: Provision, world: DevWorld) => Promise<unknown>;
  /** Waits for the end, once somebody works again; default: the number is leased, served and released. */
  end?: (provision: Provision, world: DevWorld) => Promise<unknown>;
  /** What the vendor's ledger then shows; default: one lease and one text. */
  leases?: number;
  texts?: number;
}

/** One life from its start, through the blow, to its end: then the promise is checked and every run is replayed. */
async function live(life: Life): Promise<void> {
  if (life.struck === 'worker' && !life.settings) return lived(life);
  await servers.through(async () => {
    const server = await starts.through(() => OwnServer.start(life.settings));
    await lived(life, server).finally(() => server.stop());
  });
}

async function lived(life: Life, server?: OwnServer): Promise<void> {
  const { leases = 1, texts = 1 } = life;
  const { world, proxy, worker, begun } = await starts.through(() => untilTheBlow(life, server));
  try {
    if (life.struck === 'server') await outlive(life, { world, proxy, worker, begun, server: server! });
    else await succeed(life, { world, worker, begun, server });
  } finally {
    proxy.close();
  }
  expect(await world.entries('leased')).toHaveLength(leases);
  expect(await world.entries('released')).toHaveLength(leases);
  expect(await world.entries('text')).toHaveLength(texts);
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
  await world.close();
}

interface Stage {
  world: DevWorld;
  proxy: TemporalProxy;
  worker: WorkerProcess;
  /** Resolves when there is a server that takes the request. */
  begun: Promise<Provision>;
}

async function untilTheBlow(life: Life, server?: OwnServer): Promise<Stage> {
  const world = await DevWorld.open({
    termination: TERMINATION,
    ...(server && { address: server.address }),
    ...(life.faults && { faults: life.faults }),
    ...life.world,
  });
  const proxy = await TemporalProxy.open(world.namespace.address, life.watch);
  const worker = await startWorkerProcess({ ...world.env, TEMPORAL_ADDRESS: proxy.address });
  if (life.struck !== 'server') life.blow.aimAt(() => worker.kill());
  if (life.struck !== 'worker') life.blow.aimAt(() => server!.kill());
  const begun = begin(life, world);
  await explained(life.blow.fallen(begun), world, worker);
  return { world, proxy, worker, begun };
}

/** What goes wrong is told with how things stand. */
async function explained<T>(wanted: Promise<T>, world: DevWorld, worker: WorkerProcess): Promise<T> {
  return wanted.catch(async (error: unknown) => {
    const stand = await whereItStands(world, worker).catch(String);
    throw new Error(`${String(error)}\n${stand}`, { cause: error });
  });
}

/** For whoever looks into a life that went wrong: the server and its histories are gone by then. */
async function whereItStands(world: DevWorld, { lines }: WorkerProcess): Promise<string> {
  const runs = await Promise.all(
    (await world.allRuns()).map(async ({ workflowId, runId, status }) => {
      const { events } = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
      return `${workflowId} is ${status.name}: ${(events ?? []).map(inShort).join(' ')}`;
    }),
  );
  return [JSON.stringify(world.simulator.controls.calls()), ...runs, ...lines].join('\n');
}

/** `WORKFLOW_TASK_STARTED@04:10:15`. */
function inShort(event: temporal.api.history.v1.IHistoryEvent): string {
  const type = temporal.api.enums.v1.EventType[event.eventType ?? 0]?.replace('EVENT_TYPE_', '');
  return `${type}@${new Date(timeOf(event)).toISOString().slice(11, 19)}`;
}

/** The worker died, perhaps with the server; another worker goes on. */
async function succeed(
  life: Life,
  stage: Omit<Stage, 'proxy'> & { server: OwnServer | undefined },
): Promise<void> {
  const { world, worker, begun, server } = stage;
  expect(await worker.exited).toMatchObject({ signal: 'SIGKILL' });
  if (life.struck === 'both') await server!.restart();
  await rescuers.through(async () => {
    const stop = await world.work();
    await explained(ended(life, world, await begun), world, worker);
    await stop();
  });
}

/** The server died and comes back; the worker process outlives that and goes on by itself. */
async function outlive(life: Life, stage: Stage & { server: OwnServer }): Promise<void> {
  const { world, proxy, worker, begun, server } = stage;
  proxy.down();
  await sleep(life.outageMs ?? 0);
  await server.restart();
  proxy.up();
  await explained(ended(life, world, await begun), world, worker);
  expect(worker.isRunning()).toBe(true);
  await worker.stop();
}

async function ended({ end = released }: Life, world: DevWorld, provision: Provision): Promise<void> {
  await within(END_LIMIT_MS, 'the life ended', end(provision, world));
}

/** Nothing where that is what is wrong: `until` asks again. */
export function unless(type: ErrorType) {
  return (error: unknown): undefined => {
    if (!(error instanceof LeaseholdError && error.type === type)) throw error;
  };
}

/** Starts the request, again where the server died under it. */
async function begin(life: Life, world: DevWorld): Promise<Provision> {
  const request = { reference: 'killed', ...LIFE, ...life.request };
  const start = () => world.leasehold.startProvision(request).catch(unless('Unreachable'));
  const provision = await until('the server takes the request', start, (begun) => begun !== undefined);
  await life.meanwhile?.(provision!, world);
  return provision!;
}

/** The whole of what was asked for came to be. */
async function released(provision: Provision): Promise<void> {
  const lease = await provision.result();
  const result = await lease.released();
  expect(result).toMatchObject({ leaseId: lease.leaseId, releasedBy: 'us' });
}

async function within<T>(limitMs: number, what: string, wanted: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`waited ${limitMs / 1_000} s in vain until ${what}`);
  });
  return Promise.race([wanted, late]).finally(() => timer.abort());
}

/** A test for each life, in their order; those that are chosen are lived side by side. Once a file. */
export function testLives(cases: { name: string; life: () => Life }[]): void {
  const lives = new Map<string, Promise<void>>();

  beforeAll(({}, { tasks }) => {
    const chosen = tasks.filter(({ mode }) => mode !== 'skip').map(({ name }) => name);
    for (const { name, life } of cases.filter((each) => chosen.includes(each.name))) {
      const lived = live(life());
      lived.catch(() => undefined); // its own test tells
      lives.set(name, lived);
    }
  });

  for (const { name } of cases) test(name, () => lives.get(name), TEST_LIMIT_MS);
}
