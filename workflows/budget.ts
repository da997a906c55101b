import { workflowInfo } from '@temporalio/workflow';
import type { Failure } from '../domain/failures.js';
import type { Posted, Posting } from '../domain/spending.js';
import type { LeaseRun } from './lease-run.js';
import { reads } from './steps.js';
import { untilAnswered } from './until-answered.js';

/** How often room is given back before the provision gets its answer; the end of the run goes on with it. */
const EARLY_TRIES = 3;

/**
 * Asks for room in the spending limits, before anything is spent; why there is none. A book that does not answer is
 * asked until it does: without its yes nothing is leased.
 */
export async function reserveBudget(run: LeaseRun): Promise<Failure | undefined> {
  if (run.memory.budget === 'held') return undefined;
  run.memory.budget = 'asked';
  const posted = await post(run, 'reserve', () => run.isEnding());
  if (!posted) return undefined; // no longer wanted, which is found out next
  if (posted.granted) run.memory.budget = 'held';
  else delete run.memory.budget;
  return posted.granted ? undefined : posted.failure;
}

/** Tells what the lease costs in fact; why it is too much. A book that was lost meanwhile learns of the lease here. */
export async function confirmBudget(run: LeaseRun): Promise<Failure | undefined> {
  const posted = await post(run, 'confirm', () => run.isEnding());
  return posted?.granted === false ? posted.failure : undefined;
}

/** Gives room back that turned out not to be needed, so that the next candidate finds it. */
export async function freeBudgetEarly(run: LeaseRun): Promise<void> {
  await free(run, (tries) => tries >= EARLY_TRIES);
}

/** Not before the book has taken it: nobody else would ever tell it. */
export function freeBudget(run: LeaseRun): Promise<void> {
  return free(run, () => false);
}

async function free(run: LeaseRun, giveUp: (tries: number) => boolean): Promise<void> {
  if (run.memory.budget === undefined) return;
  const posted = await post(run, 'free', giveUp);
  if (posted) delete run.memory.budget;
}

const WHAT = {
  reserve: 'asking for room in the spending limits',
  confirm: 'telling the spending limits what the lease costs',
  free: 'giving back room in the spending limits',
};

async function post(
  run: LeaseRun,
  op: Posting['op'],
  giveUp: (tries: number) => boolean,
): Promise<Posted | undefined> {
  let tries = 0;
  const ask = () => {
    tries += 1;
    return reads.postSpending.executeWithOptions({ summary: WHAT[op] }, [postingOf(run, op)]);
  };
  const posted = await untilAnswered(run, WHAT[op], ask, () => giveUp(tries));
  return posted?.value;
}

function postingOf({ input, memory, number }: LeaseRun, op: Posting['op']): Posting {
  const { offer, labels } = input;
  const price = memory.lease?.billing.price ?? offer.price;
  return {
    op,
    number,
    runId: workflowInfo().firstExecutionRunId,
    ...(price && { price }),
    ...(labels && { labels }),
    ...(op === 'free' && { leased: memory.lease !== undefined }),
  };
}
