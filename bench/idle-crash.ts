/** The worker dies with everything that it knew: how long until another one answers for its leases. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMES, type LeaseStatus } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { IdleLease } from './idle-leases.js';
import { residentOf, type IdleWorld, type Sides } from './idle-world.js';
import { forEach } from './waits.js';

/** Seconds from the start of the new process. */
export interface Restart {
  readyS: number;
  firstAnswerS: number;
  /** Until the last one of `asked` leases had answered, all of them asked at once. */
  allAnswersS: number;
  asked: number;
  rssMiB: Sides;
  /** Runs that the new worker keeps in memory by then. */
  cached: number;
}

const ASKED = 50;
const ANSWERED_WITHIN_MS = 5 * 60_000;
/** One query; the server gives up sooner where no worker is there. */
const QUERY_WITHIN_MS = 15_000;
const ASK_AGAIN_MS = 100;

export async function crash(world: IdleWorld, leases: readonly IdleLease[]): Promise<Restart> {
  await world.killWorker();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  await world.startWorker();
  const readyS = seconds();
  const spread = spreadOver(leases, ASKED);
  await askUntilAnswered(world, spread[0]);
  const firstAnswerS = seconds();
  await forEach(spread, spread.length, (lease) => askUntilAnswered(world, lease));
  const allAnswersS = seconds();
  return {
    readyS,
    firstAnswerS,
    allAnswersS,
    asked: spread.length,
    rssMiB: residentOf(await world.usage()),
    cached: await world.worker.ask<number>('cached'),
  };
}

function spreadOver<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, index) => index % step === 0).slice(0, count);
}

async function askUntilAnswered({ place }: IdleWorld, lease: IdleLease | undefined): Promise<void> {
  if (!lease) throw new RangeError('there is no lease to ask');
  const run = place.client.workflow.getHandle(leaseId(lease.number));
  const ask = () => run.query<LeaseStatus>(NAMES.status);
  const until = performance.now() + ANSWERED_WITHIN_MS;
  for (;;) {
    try {
      const { state } = await place.client.withDeadline(Date.now() + QUERY_WITHIN_MS, ask);
      if (state !== 'active') throw new Error(`${lease.number} is ${state} after the crash, not active`);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
}
