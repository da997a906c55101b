import { ApplicationFailure, defineQuery } from '@temporalio/workflow';
import { nextPeriodDeadline } from '../domain/billing-period.js';
import { NAMES, type ExtendRequest, type TerminateRequest } from '../domain/contract.js';
import { parseGrace, parseUntil } from '../domain/deadline.js';
import { parseDuration, parseInstant } from '../domain/duration.js';
import type { Failure } from '../domain/failures.js';
import { costOfExtension, costOfTermination, paidMonth } from '../domain/plan-money.js';
import type { ExtendPlan, PlanExtend, PlanTerminate, TerminatePlan } from '../domain/plans.js';
import { asError, busy, checkEnd, checkExtend, checkOpen, checkTerminate, invalid } from './checks.js';
import { isProtected } from './deadline-plan.js';
import { checkUnprotected, noTermToExtend } from './end-checks.js';
import { handleQuery } from './handlers.js';
import type { LeaseRun } from './lease-run.js';

const planTerminateQuery = defineQuery<TerminatePlan, [PlanTerminate?]>(NAMES.planTerminate);
const planExtendQuery = defineQuery<ExtendPlan, [PlanExtend]>(NAMES.planExtend);

/** Queries: they change nothing, and leave nothing in the history. */
export function listenForPlans(run: LeaseRun): void {
  handleQuery(planTerminateQuery, (asked?: PlanTerminate) => planTerminate(run, asked ?? { request: {} }));
  handleQuery(planExtendQuery, (asked) => planExtend(run, asked));
}

const iso = (at: number): string => new Date(at).toISOString();

/** A query's clock stands where the run last acted, so whoever asks says what time it is. */
function timeOf({ at }: { at?: string }): number {
  return parseInstant(at) ?? Date.now();
}

function planTerminate(run: LeaseRun, asked: PlanTerminate): TerminatePlan {
  const { request } = asked;
  const now = timeOf(asked);
  const why = failureOf(() => {
    checkTerminate(request);
    checkUnprotected(run);
  });
  const common = termsOfTermination(run);
  if (why) return { ...common, act: 'fail', failure: why, state: run.state };
  const { phase, ending } = run.memory;
  if (ending || phase === 'releasing' || phase === 'done')
    return { ...common, act: 'nothing', state: phase === 'done' ? 'released' : 'terminating' };
  const releasesAt = releaseTime(run, request, now);
  const { billing } = run.memory.lease ?? {};
  return {
    ...common,
    act: 'terminate',
    state: releasesAt > now ? 'grace' : 'terminating',
    releasesAt: iso(releasesAt),
    ...(releasesAt > now && { graceMs: releasesAt - now }),
    ...(billing && costOfTermination(billing, now, releasesAt)),
  };
}

function termsOfTermination(run: LeaseRun) {
  const { memory, number, input } = run;
  return {
    number,
    reference: input.reference,
    leaseId: memory.lease?.leaseId ?? null,
    protected: isProtected(run),
    ...(memory.expiresAt !== undefined && { expiresAt: iso(memory.expiresAt) }),
    textsWaiting: memory.counts.queued,
  };
}

/** As `terminate` does it: a grace period that has begun stays, unless another one is asked for. */
function releaseTime({ memory, input }: LeaseRun, { grace }: TerminateRequest, now: number): number {
  if (memory.phase !== 'active') return now;
  if (grace === undefined && memory.grace) return memory.grace.until;
  return now + (parseGrace(grace) ?? input.terms.graceMs ?? 0);
}

function planExtend(run: LeaseRun, asked: PlanExtend): ExtendPlan {
  const { memory, number, input } = run;
  const now = timeOf(asked);
  const { expiresAt } = memory;
  const { billing } = memory.lease ?? {};
  const paid = billing && paidMonth(billing, now);
  const common = {
    number,
    reference: input.reference,
    leaseId: memory.lease?.leaseId ?? null,
    ...(expiresAt !== undefined && { from: iso(expiresAt) }),
    ...(paid && { paid }),
  };
  let to: number | undefined;
  const why = failureOf(() => {
    to = deadlineAfter(run, asked.request, now);
  });
  if (why || to === undefined) return { ...common, act: 'fail', ...(why && { failure: why }) };
  const graceMs = input.terms.graceMs ?? 0;
  const from = expiresAt === undefined ? now : Math.max(now, expiresAt + graceMs);
  return {
    ...common,
    act: 'extend',
    to: iso(to),
    ...(billing && costOfExtension(billing, from, to + graceMs)),
  };
}

/** Where `extend` would put the deadline; throws what it would fail with. */
function deadlineAfter(run: LeaseRun, request: ExtendRequest, now: number): number {
  checkExtend(request, now);
  checkOpen(run);
  const { memory, number, input } = run;
  if (!memory.lease || !memory.acquired) throw asError(busy(number)); // it waits until the number is leased
  const at = 'term' in request ? afterTerm(run, request.term) : untilOf(request.until);
  checkEnd('until' in request ? 'until' : 'term', at, now);
  return at;

  function untilOf(text: string): number {
    const until = parseUntil(text);
    if (until && 'at' in until) return until.at;
    if (until && 'zoned' in until) throw invalid('until', 'an instant: a plan knows no time zones', text);
    return nextPeriodDeadline(run.lease.billing.period, input.terms.graceMs ?? 0, now);
  }
}

function afterTerm({ memory }: LeaseRun, term: string): number {
  const termMs = parseDuration(term);
  if (memory.expiresAt === undefined || termMs === undefined) throw noTermToExtend();
  return memory.expiresAt + termMs;
}

function failureOf(check: () => void): Failure | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error.details?.[0] as Failure;
    throw error;
  }
}
