import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import {
  WithStartWorkflowOperation,
  WorkflowFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Acquired, LeaseMemo, LeaseResult, LeaseStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import { acquireId, leaseId } from '../domain/ids.js';
import { labelEntries } from '../domain/labels.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { formatMoney } from '../domain/money.js';
import { LEASE_LABELS, LEASE_NUMBER, LEASE_REFERENCE, LEASE_STATE } from '../domain/search-attributes.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { workersOwn, type Shared } from './deps.js';
import { runOfProvision, type LeaseRunInfo } from './lease-runs.js';
import { OpenAsks } from './open-asks.js';

/** How long one try waits for the number's run to answer: half of the activity's own time limit. */
const WAIT_MS = 5_000;
/** How long a run may take to tell its state; one in the middle of a read takes as long as that read. */
const QUERY_MS = 2_000;

/** `pending`: the number's run is at it; ask again, and name that run where it is known. */
export type AcquireAnswer = Acquired | Pending;

interface Pending {
  outcome: 'pending';
  runId?: string;
  /** That run wakes the provision when it has an answer. */
  wakes?: true;
}

/** How `provisionLease` hands a number to the one run that may touch it, and takes it back. */
export function acquireActivities(shared: Shared) {
  const { temporal, taskQueue, inventory, acquireWaitMs = WAIT_MS } = shared;
  const asks = new OpenAsks(acquireWaitMs);

  /** Safe to run again at any time: it joins the run of this provision, or reads what came of it. */
  async function acquireNumber(asked: Acquire): Promise<AcquireAnswer> {
    const { again, runId, ...terms } = asked;
    const input = { ...terms, ...workersOwn(shared) };
    const { number } = input.offer;
    const { provisionRunId } = input;
    await inventory.claim(number);
    const lookBack = again || Context.current().info.attempt > 1;
    const run = await runOfProvision(temporal, { number, provisionRunId, lookBack, runId });
    const answer = await (run ? join(run, input, number) : startAndAcquire(input));
    if (answer.outcome === 'pending') return { ...answer, ...(await started(temporal, input, run)) };
    asks.forget(askId(provisionRunId, number));
    return answer;
  }

  /** Open: ask it. Closed: its result is the answer, and nothing is ever started again for this provision. */
  async function join(run: LeaseRunInfo, owner: AcquireArgs, number: string): Promise<AcquireAnswer> {
    const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
    if (run.status.name !== 'RUNNING') return answerOfEnded(handle, number);
    const id = askId(owner.provisionRunId, number);
    if (asks.has(id) && (await isLeased(handle))) asks.forget(id); // its answer is lost
    return asks.answer(id, () => handle.executeUpdate(NAMES.acquire, updateOf(owner)));
  }

  function startAndAcquire(input: ManageLeaseInput): Promise<AcquireAnswer> {
    return asks.answer(askId(input.provisionRunId, input.offer.number), () =>
      temporal.workflow.executeUpdateWithStart<ManageLease, AcquireAnswer, [AcquireArgs]>(NAMES.acquire, {
        ...updateOf(input),
        startWorkflowOperation: startOperation(input, taskQueue),
      }),
    );
  }

  /**
   * Cancels the number's run if it belongs to this provision: the run gives the number back before it ends.
   * False: the number has no run of this provision.
   */
  async function giveBack({ number, provisionRunId }: GiveBack): Promise<boolean> {
    const run = await runOfProvision(temporal, { number, provisionRunId, lookBack: false });
    if (!run) return false;
    if (run.status.name === 'RUNNING') await temporal.workflow.getHandle(run.workflowId, run.runId).cancel();
    return true;
  }

  return { acquireNumber, giveBack, join };
}

export type ManageLease = (input: ManageLeaseInput) => Promise<LeaseResult>;

/** What the number's run is started with; the account, and whether there are limits and events, are the worker's own. */
export type Acquire = Omit<ManageLeaseInput, 'account' | 'budgeted' | 'announces' | 'carried'> & {
  /** This provision has asked for the number before. */
  again: boolean;
  /** The run that an earlier ask has started, where that ask could tell. */
  runId?: string;
};

export interface GiveBack {
  number: PhoneNumber;
  provisionRunId: string;
}

export interface AcquireArgs {
  provisionRunId: string;
  reference: string;
}

/** The update's id is the provision's, the same at each number that it tries. */
function askId(provisionRunId: string, number: PhoneNumber): string {
  return `${acquireId(provisionRunId)} ${number}`;
}

function updateOf({ provisionRunId, reference }: AcquireArgs): { args: [AcquireArgs]; updateId: string } {
  return { args: [{ provisionRunId, reference }], updateId: acquireId(provisionRunId) };
}

function startOperation(input: ManageLeaseInput, taskQueue: string) {
  return new WithStartWorkflowOperation<ManageLease>(NAMES.manageLease, {
    ...startOptions(input, taskQueue),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/**
 * Whatever has a number goes before the searches that wait, which have the default of 3: what was begun is ended before
 * more is begun (decision 23). Servers without priorities take no notice.
 */
const BEFORE_SEARCHES = { priorityKey: 2 };

/** How the run of a number is started, whoever starts it. */
export function startOptions(input: ManageLeaseInput, taskQueue: string) {
  const { reference, provisionRunId, offer, labels = {} } = input;
  const entries = labelEntries(labels);
  const { price: its, channels, reputation } = offer;
  const taken = { channels, reputation, ...(its && { price: its }) };
  const memo: LeaseMemo = { reference, provisionRunId, taken };
  const price = its && `${formatMoney(its.monthlyRate, its.currency)} a month`;
  return {
    workflowId: leaseId(offer.number),
    taskQueue,
    args: [input] as [ManageLeaseInput],
    priority: BEFORE_SEARCHES,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    memo: { ...memo },
    typedSearchAttributes: [
      { key: LEASE_STATE, value: 'leasing' },
      { key: LEASE_NUMBER, value: offer.number },
      { key: LEASE_REFERENCE, value: reference },
      ...(entries.length > 0 ? [{ key: LEASE_LABELS, value: entries }] : []),
    ],
    staticSummary: `${offer.number} for ${reference}${price ? `, ${price}` : ''}`,
    staticDetails: `Owns ${offer.number} for reference \`${reference}\` until the vendor has proven its release.`,
  };
}

/** The run that an ask without an answer has started: known by its id, it is found later, whoever comes after it. */
async function started(
  temporal: Client,
  { offer: { number }, provisionRunId }: ManageLeaseInput,
  known: LeaseRunInfo | undefined,
): Promise<{ runId?: string }> {
  const sought = { number, provisionRunId, lookBack: false };
  const run = known ?? (await runOfProvision(temporal, sought).catch(() => undefined));
  return run ? { runId: run.runId } : {};
}

/** Then it answers at once: an ask that still waits has missed it. A run that cannot tell now is asked next time. */
async function isLeased(run: WorkflowHandle): Promise<boolean> {
  const status = run.query<LeaseStatus>(NAMES.status).catch(() => undefined);
  const told = await Promise.race([status, delay(QUERY_MS, undefined, { ref: false })]);
  return typeof told?.leasedAt === 'string';
}

/** What a run that is over, and the runs that it went on in, came to. */
async function answerOfEnded(run: WorkflowHandle, number: string): Promise<Acquired> {
  try {
    return ((await run.result()) as LeaseResult).acquired;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { status } = await run.describe();
    return { outcome: 'refused', failure: endedByHand(number, status.name) };
  }
}

function endedByHand(number: string, status: string): Failure {
  return failure(
    'NumberUnavailable',
    `the run that owned ${number} was ended from outside (${status}): it may still be leased`,
  );
}
