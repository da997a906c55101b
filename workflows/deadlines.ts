import { condition } from '@temporalio/workflow';
import { nextPeriodDeadline } from '../domain/billing-period.js';
import { formatDuration } from '../domain/duration.js';
import { isProtected, isWarningDue, nextStep, renewsItself, type Step } from './deadline-plan.js';
import { askToEnd } from './grace.js';
import type { LeaseRun } from './lease-run.js';

/** One durable timer until what comes next: the warning, then the deadline; set anew when either moves. */
export async function watchDeadline(run: LeaseRun): Promise<void> {
  const isOver = () => run.memory.ending !== undefined || run.handingOver;
  while (!isOver()) {
    const step = nextStep(run);
    if (!step) {
      await condition(() => nextStep(run) !== undefined || isOver());
      continue;
    }
    const left = Math.max(1, step.at - Date.now());
    const summary = `${step.why} (${formatDuration(left)})`;
    const moved = await condition(() => !isSame(step, nextStep(run)) || isOver(), left, { summary });
    if (!moved) take(run, step);
  }
}

function isSame(a: Step, b: Step | undefined): boolean {
  return a.at === b?.at && a.why === b.why;
}

function take(run: LeaseRun, { at, what }: Step): void {
  if (what === 'warn') {
    warn(run);
    return;
  }
  const next = renewsItself(run) ? nextDeadline(run) : undefined;
  if (next !== undefined) {
    moveDeadline(run, next);
    run.note(`renewed to ${new Date(next).toISOString()}`);
  } else if (isProtected(run)) {
    const since = new Date(at).toISOString();
    run.attention(
      'deadline',
      `expired ${since}, but protected: extend it, or lift the protection to let it go`,
    );
  } else {
    run.calm('deadline');
    askToEnd(run, 'expired');
  }
}

function warn(run: LeaseRun): void {
  const { memory } = run;
  memory.warned = true;
  run.note(`about to expire: ${new Date(memory.expiresAt ?? Date.now()).toISOString()}`);
  run.publish();
}

/** The deadline that a new lease begins with. */
export function firstDeadline(run: LeaseRun, leasedAt: number): number | undefined {
  const { until, untilPeriodEnd, termMs } = run.input.terms;
  if (untilPeriodEnd) return periodDeadline(run, leasedAt);
  return until ?? (termMs === undefined ? undefined : leasedAt + termMs);
}

/** The first end of a billing period for which the number is given back after this instant; from here on it counts. */
export function periodDeadline(run: LeaseRun, after: number): number {
  run.memory.byPeriod = true;
  return nextPeriodDeadline(run.lease.billing.period, run.input.terms.graceMs ?? 0, after);
}

/** The deadline after the present one that is still ahead; undefined where there is nothing to renew by. */
export function nextDeadline(run: LeaseRun): number | undefined {
  const { memory, input } = run;
  const { termMs } = input.terms;
  const now = Date.now();
  const present = memory.expiresAt ?? now;
  if (memory.byPeriod) return periodDeadline(run, Math.max(present, now));
  if (termMs === undefined) return undefined;
  const terms = Math.max(1, Math.floor((now - present) / termMs) + 1);
  return present + terms * termMs;
}

export function canRenew({ memory, input }: LeaseRun): boolean {
  return memory.byPeriod === true || input.terms.untilPeriodEnd === true || input.terms.termMs !== undefined;
}

/** @param at undefined: leased until told */
export function moveDeadline(run: LeaseRun, at: number | undefined): void {
  run.setExpiry(at);
  reconsider(run);
}

/** After anything that the end hangs on has changed: a warning that is not true any more is taken back. */
export function reconsider(run: LeaseRun): void {
  const { memory } = run;
  const now = Date.now();
  if (memory.warned && !isWarningDue(run, now)) {
    memory.warned = false;
    run.note('not about to expire any more');
  }
  if (memory.expiresAt === undefined || memory.expiresAt > now) run.calm('deadline');
  run.publish();
}
