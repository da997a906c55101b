/** Lives one after the other, in rounds: in each one every way has its turn, so that a noisy moment meets all of them. */
import { startBare, startProduct, startTextbook, type Contender, type Life } from './contenders.js';
import { countHistories, type HistoryCounts } from './history-counts.js';
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
  /** As many as were wanted; `done` is less where patience was over first. */
  lives: number;
  done: number;
  /** How many were led at the same time. */
  atOnce: number;
  /** From the first call until everything about the last number was over, or until patience was. */
  seconds: number;
  /** Until the last caller had a number; absent where some had none when patience was over. */
  usableSeconds?: number;
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

export interface Batch {
  lives: number;
  atOnce: number;
  /** After so many seconds it is over, finished or not. */
  patienceS: number;
}

export interface BatchPlan extends LivesPlan {
  batches: readonly Batch[];
  /** One way after the other, each gone before the next: what is left over of a crowd takes no other way's time. */
  apart?: true;
}

type Contenders = Partial<Record<Way, Contender>>;
const START = { bare: startBare, textbook: startTextbook, product: startProduct };
const WARM_UP_LIVES = 3;

/** Lives one after the other. */
export async function measureLives(
  servers: Servers,
  plan: LivesPlan,
  report: (line: string) => void,
): Promise<LifeSample[]> {
  const samples: LifeSample[] = [];
  await withContenders(servers, plan, WAYS, async (contenders) => {
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const turn of rotated(TURNS, round)) {
        samples.push(await measureLife(contenders[turn.way]!, turn, plan.roundTripMs, round));
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
  const histories = await contender.histories(runs);
  const history = histories.length > 0 && { history: countHistories(histories) };
  return { ...turn, roundTripMs, round, usableMs, wholeMs, calls, ...history };
}

/** Contenders that are warm: each has led a few lives that do not count. */
export async function withContenders(
  servers: Servers,
  { roundTripMs, inventorySize }: LivesPlan,
  ways: readonly Way[],
  work: (contenders: Contenders) => Promise<void>,
): Promise<void> {
  const contenders: Contenders = {};
  try {
    for (const way of ways) {
      const server = serverOf(servers, way) ?? servers.product; // the script has none, and asks for none
      contenders[way] = await START[way]({ server, roundTripMs, inventorySize });
    }
    for (let nth = 1; nth <= WARM_UP_LIVES; nth += 1) {
      await Promise.all(Object.values(contenders).map((contender) => contender.live(`warm-up-${nth}`)));
    }
    await work(contenders);
  } finally {
    await Promise.all(Object.values(contenders).map((contender) => contender.close()));
  }
}

export function serverOf(servers: Servers, way: Way): Server | undefined {
  return way === 'bare' ? undefined : servers[way];
}

/** Each round begins with another one. */
export function rotated<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
