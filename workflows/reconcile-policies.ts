import { adoptTermsOf, type AdoptedNumber, type AdoptRequest } from '../domain/adoption.js';
import { failure } from '../domain/failures.js';
import {
  AT_MOST,
  DELAY,
  UNOWNED_PREFIX,
  type Finding,
  type ReconcileRequest,
} from '../domain/reconciliation.js';
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
 * Does with the orphans what their policy says. A number that is to go back is adopted as well, with the delay as its
 * term: then a run of its own terminates it, with all that protects a termination, and proves that it is gone.
 */
export async function actOn(findings: Finding[], request: ReconcileRequest, unseen: number): Promise<Done> {
  const policy = request.policies?.orphan ?? 'report';
  if (policy === 'report') return { findings };
  const orphans = findings.filter((finding) => finding.kind === 'orphan' && isMeant(finding, request));
  if (policy === 'terminate') {
    const { atMost = AT_MOST } = request;
    const all = orphans.length + unseen;
    const stopped = `${all} numbers would go back, and at most ${atMost} may in one pass: none does`;
    if (all > atMost) return { findings, stopped };
  }
  const done = await adoptAll(orphans, adoptionOf(request));
  return { findings: findings.map((finding) => after(finding, done.get(finding), policy)) };
}

/** What nobody here ever leased is somebody's by hand: it is given back only where it is named. */
function isMeant({ number, onceOwned }: Finding, { policies, only }: ReconcileRequest): boolean {
  if (only) return only.includes(number);
  return policies?.orphan === 'adopt' || onceOwned === true;
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

function after(finding: Finding, done: AdoptedNumber | undefined, policy: 'adopt' | 'terminate'): Finding {
  if (!done || done.outcome === 'adoptable') return finding;
  const { outcome, reference, failure: why } = done;
  if (outcome === 'refused') return { ...finding, action: outcome, ...(why && { failure: why }) };
  const isOnItsWay = outcome === 'adopted' && policy === 'terminate';
  return { ...finding, reference, action: isOnItsWay ? 'terminating' : outcome };
}
