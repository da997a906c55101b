import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { PlannedSearch } from '../activities/plan-provision.js';
import type { ProvisionRequest } from '../domain/contract.js';
import type { Failure } from '../domain/failures.js';
import type { Judged } from '../domain/judge-candidate.js';
import { plannedCost, plannedDeadline, plannedRoom } from '../domain/plan-money.js';
import type { PlannedCandidate, SearchPlan } from '../domain/plans.js';
import { answerOf } from './account-steps.js';
import { asError } from './checks.js';
import { CANDIDATES_AT_MOST, nothingLeft } from './provision-lease.js';

/** It may count all open leases, which takes long where there are thousands. */
const planSteps = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  retry: { initialInterval: '1s', maximumAttempts: 5 },
});

/**
 * What `provisionLease` would do with this request now: the same searches, in the same order, and what stands in the
 * way of each number. It owns nothing, reserves nothing and asks no number's run.
 */
export async function planProvision(request: ProvisionRequest): Promise<SearchPlan> {
  const judged: Judged[] = [];
  let last: PlannedSearch | undefined;
  while (judged.length < CANDIDATES_AT_MOST && !taken(judged)) {
    const page = await search(request, judged);
    if ('failure' in page) {
      if (page.failure.type === 'InvalidRequest') throw asError(page.failure);
      return planOf(judged, last, failuresOf(judged).at(-1) ?? page.failure);
    }
    if (page.judged.length === 0) break;
    last = page;
    judged.push(...page.judged);
    const ends = page.judged.find(({ candidate, ends }) => ends ?? candidate.plan === 'take')?.ends;
    if (ends) return planOf(judged, last, ends);
  }
  const why = taken(judged) ? undefined : nothingLeft({ request, failures: failuresOf(judged) });
  return planOf(judged, last, why);
}

function search(request: ProvisionRequest, judged: Judged[]) {
  const tried = judged.map(({ candidate }) => candidate.number);
  const summary = 'what would be tried';
  return answerOf('planning a provision', () =>
    planSteps.planCandidates.executeWithOptions({ summary }, [{ request, tried }]),
  );
}

function taken(judged: Judged[]): PlannedCandidate | undefined {
  return judged.find(({ candidate }) => candidate.plan === 'take')?.candidate;
}

function failuresOf(judged: Judged[]): Failure[] {
  return judged.flatMap(({ candidate: { failure } }) => (failure ? [failure] : []));
}

function planOf(judged: Judged[], search: PlannedSearch | undefined, why?: Failure): SearchPlan {
  const chosen = why ? undefined : taken(judged);
  const candidates = judged.map(({ candidate }): PlannedCandidate =>
    candidate.plan === 'take' && candidate !== chosen ? { ...candidate, plan: 'spare' } : candidate,
  );
  return {
    act: chosen ? 'lease' : 'fail',
    ...(why && { failure: why }),
    ...(chosen && { number: chosen.number }),
    candidates,
    ...(search && factsOf(search, chosen)),
  };
}

function factsOf({ terms, room, entitlements }: PlannedSearch, chosen?: PlannedCandidate) {
  const now = Date.now();
  const { graceMs, autoRenew } = terms;
  const deadline = plannedDeadline(terms, now);
  const price = chosen?.price;
  return {
    ...(price && { cost: plannedCost(price, now, autoRenew ? undefined : deadline, graceMs) }),
    ...(deadline !== undefined && { expiresAt: new Date(deadline).toISOString() }),
    ...(room && {
      room: {
        counted: room.counted,
        scopes: room.scopes.map((scope) => plannedRoom(scope, price, chosen ? 1 : 0)),
      },
    }),
    ...(entitlements && { entitlements }),
  };
}
