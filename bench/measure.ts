/** What is measured, in rounds: in each one every way has its turn, so that a noisy moment meets all of them. */
import {
  startBare,
  startProduct,
  startTextbook,
  type Contender,
  type ContenderOptions,
  type Life,
} from './contenders.js';
import type { HistoryCounts } from './history-counts.js';
import type { Server } from './servers.js';

export const WAYS = ['bare', 'textbook', 'product'] as const;
export type Way = (typeof WAYS)[number];

/** A way under one condition; `inventory`: what the worker has read for others a moment before. */
export interface Turn {
  way: Way;
  inventory: 'cold' | 'warm';
}

export const TURNS: readonly Turn[] = [
  { way: 'bare', inventory: 'cold' },
  { way: 'textbook', inventory: 'cold' },
  { way: 'product', inventory: 'cold' },
  { way: 'product', inventory: 'warm' },
];

export interface LifeSample extends Turn, Pick<Life, 'usableMs' | 'wholeMs'> {
  roundTripMs: number;
  round: number;
  calls: number;
  /** Absent where there is no history. */
  history?: HistoryCounts;
}

export interface BatchSample {
  way: Way;
  roundTripMs: number;
  round: number;
  lives: number;
  /** How many were led at the same time. */
  atOnce: number;
  /** From the first call until everything about the last number was over. */
  seconds: number;
  /** Until the last caller had a number. */
  usableSeconds: number;
  calls: number;
  /** CPU milliseconds of all lives: worker (or script), Temporal server, and the client, which is this process. */
  cpuMs: { worker: number; client: number; server?: number };
}

export interface PeakSample {
  way: Way;
  workerMiB: number;
  serverMiB?: number;
}

/** Which server each way is led on. */
export type Servers = Record<Exclude<Way, 'bare'>, Server>;

export interface LivesPlan {
  roundTripMs: number;
  rounds: number;
  inventorySize: number;
}

export interface BatchPlan extends LivesPlan {
  batches: readonly { lives: number; atOnce: number }[];
}

type Contenders = Record<Way, Contender>;
const WARM_UP_LIVES = 3;

/** Lives one after the other. */
export async function measureLives(
  servers: Servers,
  plan: LivesPlan,
  report: (line: string) => void,
): Promise<LifeSample[]> {
  const samples: LifeSample[] = [];
  await withContenders(servers, plan, async (contenders) => {
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const turn of rotated(TURNS, round)) {
        samples.push(await measureLife(contenders[turn.way], turn, plan.roundTripMs, round));
      }
      report(`round trip ${plan.roundTripMs} ms, round ${round} of ${plan.rounds}`);
    }
  });
  return samples;
}

async function measureLife(
  contender: Contender,
  turn: Turn,
  roundTripMs: number,
  round: number,
): Promise<LifeSample> {
  await contender.prepare(turn.inventory);
  const before = await contender.calls();
  const { runs, usableMs, wholeMs } = await contender.live(`${turn.inventory}-${round}`);
  const calls = (await contender.calls()) - before;
  const history = await contender.counts(runs);
  return { ...turn, roundTripMs, round, usableMs, wholeMs, calls, ...(history && { history }) };
}

/** Many lives at once. */
export async function measureBatches(
  servers: Servers,
  plan: BatchPlan,
  report: (line: string) => void,
): Promise<{ batches: BatchSample[]; peaks: PeakSample[] }> {
  const batches: BatchSample[] = [];
  const peaks: PeakSample[] = [];
  await withContenders(servers, plan, async (contenders) => {
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const { lives, atOnce } of plan.batches) {
        for (const way of rotated(WAYS, round)) {
          const sample = await measureBatch(contenders[way], serverOf(servers, way), `${atOnce}-${round}`, {
            lives,
            atOnce,
          });
          batches.push({ way, roundTripMs: plan.roundTripMs, round, ...sample });
        }
        report(`${lives} lives, ${atOnce} at once, round ${round} of ${plan.rounds}`);
      }
    }
    for (const way of WAYS) peaks.push(await peakOf(way, contenders[way], serverOf(servers, way)));
  });
  return { batches, peaks };
}

async function measureBatch(
  contender: Contender,
  server: Server | undefined,
  name: string,
  { lives, atOnce }: { lives: number; atOnce: number },
): Promise<Omit<BatchSample, 'way' | 'roundTripMs' | 'round'>> {
  await contender.prepare('cold');
  const usage = async () => ({
    worker: (await contender.worker()).cpuMs,
    server: (await server?.usage())?.cpuMs,
    client: clientCpuMs(),
    calls: await contender.calls(),
  });
  const before = await usage();
  const began = performance.now();
  const usableSeconds = await leadAll(contender, name, lives, atOnce);
  const seconds = (performance.now() - began) / 1_000;
  const after = await usage();
  const open = await contender.open();
  if (open !== 0) throw new Error(`${open} leases are still open after ${lives} lives`);
  const serverMs = after.server !== undefined && before.server !== undefined && after.server - before.server;
  return {
    lives,
    atOnce,
    seconds,
    usableSeconds,
    calls: after.calls - before.calls,
    cpuMs: {
      worker: after.worker - before.worker,
      client: after.client - before.client,
      ...(serverMs !== false && { server: serverMs }),
    },
  };
}

/** A new life begins as soon as an old one is over. Gives the seconds until the last caller had a number. */
async function leadAll(contender: Contender, name: string, lives: number, atOnce: number): Promise<number> {
  const began = performance.now();
  let begun = 0;
  let lastUsableMs = 0;
  const leadSome = async () => {
    while (begun < lives) {
      const at = performance.now() - began;
      const { usableMs } = await contender.live(`batch-${name}-${(begun += 1)}`);
      lastUsableMs = Math.max(lastUsableMs, at + usableMs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, leadSome));
  return lastUsableMs / 1_000;
}

async function peakOf(way: Way, contender: Contender, server: Server | undefined): Promise<PeakSample> {
  const usage = await server?.usage();
  return {
    way,
    workerMiB: (await contender.worker()).peakMiB,
    ...(usage && { serverMiB: usage.peakMiB }),
  };
}

/** Contenders that are warm: each has led a few lives that do not count. */
async function withContenders(
  servers: Servers,
  plan: LivesPlan,
  work: (contenders: Contenders) => Promise<void>,
): Promise<void> {
  const { roundTripMs, inventorySize } = plan;
  const on = (server: Server): ContenderOptions => ({ server, roundTripMs, inventorySize });
  const contenders: Contenders = {
    bare: await startBare(on(servers.product)),
    textbook: await startTextbook(on(servers.textbook)),
    product: await startProduct(on(servers.product)),
  };
  try {
    const all = Object.values(contenders);
    for (let nth = 1; nth <= WARM_UP_LIVES; nth += 1) {
      await Promise.all(all.map((contender) => contender.live(`warm-up-${nth}`)));
    }
    await work(contenders);
  } finally {
    await Promise.all(Object.values(contenders).map((contender) => contender.close()));
  }
}

function serverOf(servers: Servers, way: Way): Server | undefined {
  return way === 'bare' ? undefined : servers[way];
}

/** Each round begins with another one. */
function rotated<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

function clientCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
