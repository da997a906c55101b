import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  adoptedReference,
  type AdoptedNumber,
  type AdoptionPlan,
  type AdoptRequest,
  type AdoptTerms,
} from '../domain/adoption.js';
import { monthAt } from '../domain/billing-months.js';
import { NAMES } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import type { LeaseAccount, ManageLeaseInput, Offer } from '../domain/lease-input.js';
import { isOpen, type HeldLease, type NumberRecord } from '../domain/number-record.js';
import type { CallFacts, Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { plannedDeadline } from '../domain/plan-money.js';
import { InvalidRequestError, parseAdoptRequest } from '../domain/account-requests.js';
import { termsOf } from '../domain/terms.js';
import { startOptions, type acquireActivities, type ManageLease } from './acquire-number.js';
import { readOf } from './answers.js';
import { workersOwn, type Shared } from './deps.js';
import { offer } from './find-numbers.js';
import { inParallel } from './in-parallel.js';
import { isOpenRun, memoOf, runOf, type LeaseRunInfo } from './lease-runs.js';

/** Numbers of one page that are worked on at a time. */
const AT_ONCE = 10;

/** A number to adopt; with `leaseId` only while it shows that lease. */
export interface ToAdopt {
  number: PhoneNumber;
  leaseId?: string;
}

export interface AdoptPage {
  numbers: ToAdopt[];
  terms: AdoptTerms;
  referencePrefix?: string;
  dryRun?: boolean;
  /** Tells the runs that this adoption has started from all others, when a step runs again. */
  provisionRunId: string;
}

export type AdoptPlan = { numbers: ToAdopt[]; owned?: number } | { failure: Failure };

/** `unanswered`: nothing was started; ask again. */
export type AdoptStep = AdoptedNumber | { number: PhoneNumber; outcome: 'unanswered'; call: CallFacts };

type Join = ReturnType<typeof acquireActivities>['join'];

/** @param join hears what the run of an owner came to */
export function adoptActivities(shared: Shared, join: Join) {
  const { api, temporal, now } = shared;

  /** Which numbers are meant, and whether the request can be: it may come from a program that is none of ours. */
  async function planAdoption(request: AdoptRequest): Promise<Read<AdoptPlan>> {
    const wrong = problemWith(request, await now());
    if (wrong) return { answered: true, value: { failure: wrong } };
    if (request.all !== true) {
      const numbers = [...new Set(request.numbers)].map((number) => ({ number }));
      return { answered: true, value: { numbers } };
    }
    const leased = await readOf(api.lease.leased(), (records) => records);
    if (!leased.answered) return leased;
    const runs = await inParallel(leased.value, AT_ONCE, ({ number }) => runOf(temporal, number));
    const isOwned = (run: LeaseRunInfo | undefined) => run !== undefined && isOpenRun(run);
    const numbers = leased.value.flatMap(({ number }, at) => (isOwned(runs[at]) ? [] : [{ number }]));
    return { answered: true, value: { numbers, owned: runs.length - numbers.length } };
  }

  /** Starts the run of each number and hears what it came to. Safe to run again: it finds the runs that it started. */
  function adoptPage(page: AdoptPage): Promise<AdoptStep[]> {
    return inParallel(page.numbers, AT_ONCE, (it) => adopt(it, page));
  }

  async function adopt(it: ToAdopt, page: AdoptPage): Promise<AdoptStep> {
    const { number } = it;
    const before = await runOf(temporal, number);
    if (before && isOf(page, before)) return outcomeOf(it, page, before);
    if (before && isOpenRun(before)) return refused(it, page, heldBy(number, before));
    const askedAt = await now();
    const read = await readOf(api.lease.get(number), (record) => record);
    if (!read.answered && !isUnknown(read.call)) return { number, outcome: 'unanswered', call: read.call };
    const lease = read.answered ? leaseOf(read.value, it) : undefined;
    if (!read.answered || !lease) return refused(it, page, notLeased(it, read));
    if (page.dryRun === true) {
      const plan = planOf(read.value, lease, page.terms, askedAt);
      return answer(it, page, { outcome: 'adoptable', leaseId: lease.leaseId, plan });
    }
    const found = offer(read.value);
    const input = inputOf(page, found, lease.leaseId, api.account);
    await start(shared, { ...input, ...workersOwn(shared) });
    const run = await runOf(temporal, number);
    if (run && isOf(page, run)) return outcomeOf(it, page, run);
    return refused(it, page, heldBy(number, run));
  }

  /** What the run of this adoption says; it waits some seconds at most. */
  async function outcomeOf(it: ToAdopt, page: AdoptPage, run: LeaseRunInfo): Promise<AdoptStep> {
    const { provisionRunId } = page;
    const acquired = await join(run, { provisionRunId, reference: referenceOf(it, page) }, it.number);
    if (acquired.outcome === 'pending') return answer(it, page, { outcome: 'adopting' });
    if (acquired.outcome === 'refused') return refused(it, page, acquired.failure);
    return answer(it, page, { outcome: 'adopted', leaseId: acquired.lease.leaseId });
  }

  return { planAdoption, adoptPage };
}

/** Temporal lets one run of an id be open: of two adopters one wins, and the other one looks who. */
async function start({ temporal, taskQueue }: Shared, input: ManageLeaseInput): Promise<void> {
  try {
    const options = { ...startOptions(input, taskQueue), workflowIdConflictPolicy: 'FAIL' as const };
    await temporal.workflow.start<ManageLease>(NAMES.manageLease, options);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function inputOf(page: AdoptPage, found: Offer, leaseId: string, account: LeaseAccount): ManageLeaseInput {
  const { provisionRunId, terms } = page;
  const reference = referenceOf(found, page);
  return {
    reference,
    provisionRunId,
    offer: found,
    account,
    terms: termsOf({ reference, ...terms }),
    messages: [],
    ...(terms.labels && { labels: terms.labels }),
    adopt: { leaseId },
  };
}

function problemWith(request: AdoptRequest, now: number): Failure | undefined {
  try {
    parseAdoptRequest(request, now);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.failure;
    throw error;
  }
}

function isOf({ provisionRunId }: AdoptPage, run: LeaseRunInfo): boolean {
  return memoOf(run).provisionRunId === provisionRunId;
}

function isUnknown({ status, byVendor }: CallFacts): boolean {
  return status === 404 && byVendor;
}

function leaseOf({ lease }: NumberRecord, { leaseId }: ToAdopt): HeldLease | undefined {
  return lease && isOpen(lease) && lease.leaseId === (leaseId ?? lease.leaseId) ? lease : undefined;
}

function heldBy(number: PhoneNumber, run: LeaseRunInfo | undefined): Failure {
  const reference = run && memoOf(run).reference;
  return failure('NumberUnavailable', `${number} is held for reference ${reference ?? 'unknown'}`);
}

function notLeased({ number, leaseId }: ToAdopt, read: Read<NumberRecord>): Failure {
  if (!read.answered) return failure('NumberUnavailable', `the vendor knows no number ${number}`);
  const { lease, status } = read.value;
  if (!lease) {
    const why = `the account does not lease ${number}: its status is ${status}`;
    return failure('NumberUnavailable', why);
  }
  const other = lease.leaseId === (leaseId ?? lease.leaseId) ? `is ${lease.status}` : 'is another one by now';
  return failure('NumberUnavailable', `the lease ${lease.leaseId} on ${number} ${other}`);
}

function referenceOf({ number }: ToAdopt, { referencePrefix }: AdoptPage): string {
  return adoptedReference(number, referencePrefix);
}

function refused(it: ToAdopt, page: AdoptPage, why: Failure): AdoptedNumber {
  return answer(it, page, { outcome: 'refused', failure: why });
}

function planOf(record: NumberRecord, lease: HeldLease, terms: AdoptTerms, now: number): AdoptionPlan {
  const its = termsOf({ reference: '', ...terms });
  const price = lease.billing?.price ?? record.pricing;
  const paidUntil = lease.billing && iso(monthAt(lease.billing.period, now).until);
  const period = lease.billing?.period ?? { start: iso(now), end: null };
  const expiresAt = plannedDeadline(its, now, period);
  return {
    ...(price && { price }),
    ...(paidUntil !== undefined && { paidUntil }),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

type Came = Pick<AdoptedNumber, 'outcome' | 'leaseId' | 'failure' | 'plan'>;

function answer(it: ToAdopt, page: AdoptPage, came: Came): AdoptedNumber {
  return { number: it.number, reference: referenceOf(it, page), ...came };
}
