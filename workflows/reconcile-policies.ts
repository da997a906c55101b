import { workflowInfo } from '@temporalio/workflow';
import type { EndedGhost, EndGhosts } from '../activities/end-ghosts.js';
import { adoptTermsOf, type AdoptedNumber, type AdoptRequest } from '../domain/adoption.js';
import { failure, type Failure } from '../domain/failures.js';
import {
  AT_MOST,
  DELAY,
  UNOWNED_PREFIX,
  type Finding,
  type ReconcileRequest,
} from '../domain/reconciliation.js';
import { accountSteps } from './account-steps.js';
import { adoptPage } from './adopt-numbers.js';
import { factsOfLoss } from './steps.js';
import { inWords } from './until-answered.js';

const PAGE = 20;

/** What was done about what was found. */
export interface Done {
  findings: Finding[];
  /** Why nothing was given back. */
  stopped?: string;
}

/**
 * Does with what was found what its policy says. An orphan that is to go back is adopted as well, with the delay as its
 * term: then a run of its own terminates it, with all that protects a termination, and proves that it is gone.
 *
 * @param unseen orphans that there were too many of to look at again
 */
export async function actOn(findings: Finding[], request: ReconcileRequest, unseen: number): Promise<Done> {
  const { orphan = 'report' } = request.policies ?? {};
  const orphans = orphan === 'report' ? [] : findings.filter((one) => isOrphanMeant(one, request));
  const held = findings.filter((one) => isEndMeant(one, request));
  const ends = held.length + (orphan === 'terminate' ? orphans.length + unseen : 0);
  const { atMost = AT_MOST } = request;
  if (ends > atMost) {
    const stopped = `${ends} numbers would go back, and at most ${atMost} may in one pass: none does`;
    return { findings, stopped };
  }
  const done = await adoptAll(orphans, adoptionOf(request));
  const ended = await endAll(held, request);
  return {
    findings: findings.map((one) => ended.get(one) ?? after(one, done.get(one), orphan === 'terminate')),
  };
}

/** What nobody here ever leased is somebody's by hand: it is given back only where it is named. */
function isOrphanMeant({ kind, number, onceOwned }: Finding, { policies, only }: ReconcileRequest): boolean {
  if (kind !== 'orphan') return false;
  if (only) return only.includes(number);
  return policies?.orphan === 'adopt' || onceOwned === true;
}

const REASONS = {
  ghost: 'reconcile: the account does not lease the number',
  unclaimed: 'reconcile: the request for the number was ended from outside',
} as const;

/** One that is in its grace period is ending already. */
function isEndMeant({ kind, number, state }: Finding, { policies, only }: ReconcileRequest): boolean {
  if (kind !== 'ghost' && kind !== 'unclaimed') return false;
  return policies?.[kind] === 'terminate' && state !== 'grace' && (only?.includes(number) ?? true);
}

/** Terminates their runs, which prove that nothing is leased any more before they end. */
async function endAll(held: Finding[], { delay = DELAY }: ReconcileRequest): Promise<Map<Finding, Finding>> {
  const asked = held.flatMap(({ kind, number, runId }) =>
    runId === undefined
      ? []
      : [{ number, runId, reason: kind === 'unclaimed' ? REASONS[kind] : REASONS.ghost }],
  );
  if (asked.length === 0) return new Map();
  const summary = `end the runs of ${asked.length} numbers`;
  const passRunId = workflowInfo().firstExecutionRunId;
  const answers = await endSome(asked, () =>
    accountSteps.endGhosts.executeWithOptions({ summary }, [{ ghosts: asked, delay, passRunId }]),
  );
  const failures = new Map(answers.map(({ number, failure: why }) => [number, why]));
  return new Map(held.map((one) => [one, ended(one, failures.get(one.number))]));
}

async function endSome(asked: EndGhosts['ghosts'], end: () => Promise<EndedGhost[]>): Promise<EndedGhost[]> {
  try {
    return await end();
  } catch (error) {
    const why = failure('UnexpectedResponse', `not asked: ${inWords(factsOfLoss(error, 'endGhosts'))}`);
    return asked.map(({ number }) => ({ number, failure: why }));
  }
}

function ended(ghost: Finding, why: Failure | undefined): Finding {
  return why ? { ...ghost, action: 'refused', failure: why } : { ...ghost, action: 'terminating' };
}

function adoptionOf(request: ReconcileRequest): AdoptRequest {
  const { policies, delay = DELAY, referencePrefix } = request;
  const isGivenBack = policies?.orphan === 'terminate';
  const prefix = referencePrefix ?? (isGivenBack ? UNOWNED_PREFIX : undefined);
  return {
    ...adoptTermsOf(request),
    ...(isGivenBack && { term: delay }),
    ...(prefix !== undefined && { referencePrefix: prefix }),
  };
}

/** Each only while it shows the very lease that was found. */
async function adoptAll(orphans: Finding[], request: AdoptRequest): Promise<Map<Finding, AdoptedNumber>> {
  const done = new Map<Finding, AdoptedNumber>();
  for (let at = 0; at < orphans.length; at += PAGE) {
    const page = orphans.slice(at, at + PAGE);
    const adopted = new Map((await adoptSome(page, request)).map((one) => [one.number, one]));
    for (const orphan of page) {
      const one = adopted.get(orphan.number);
      if (one) done.set(orphan, one);
    }
  }
  return done;
}

/** What was found is told in any case: a step that failed is what became of these numbers. */
async function adoptSome(page: Finding[], request: AdoptRequest): Promise<AdoptedNumber[]> {
  const numbers = page.map(({ number, leaseId }) => ({ number, ...(leaseId !== undefined && { leaseId }) }));
  try {
    return await adoptPage(numbers, request);
  } catch (error) {
    const why = failure('UnexpectedResponse', `not adopted: ${inWords(factsOfLoss(error, 'adoptPage'))}`);
    return numbers.map(({ number }) => ({ number, outcome: 'refused', reference: '', failure: why }));
  }
}

function after(finding: Finding, done: AdoptedNumber | undefined, goesBack: boolean): Finding {
  if (!done || done.outcome === 'adoptable') return finding;
  const { outcome, reference, failure: why } = done;
  if (outcome === 'refused') return { ...finding, action: outcome, ...(why && { failure: why }) };
  return { ...finding, reference, action: outcome === 'adopted' && goesBack ? 'terminating' : outcome };
}
