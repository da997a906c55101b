import { Context, log } from '@temporalio/activity';
import {
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Acquired, LeaseMemo, LeaseResult } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import { acquireId, leaseId } from '../domain/ids.js';
import { labelEntries } from '../domain/labels.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { formatMoney } from '../domain/money.js';
import { LEASE_LABELS, LEASE_NUMBER, LEASE_REFERENCE, LEASE_STATE } from '../domain/search-attributes.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Shared } from './deps.js';
import { runOfProvision, type LeaseRunInfo } from './lease-runs.js';

/** How long one try waits for the number's run to answer: half of the activity's own time limit. */
const WAIT_MS = 5_000;
/** Waiting tries hold a slot that the lease runs they wait for need too: beyond this many, ask again later instead. */
const WAITING_AT_MOST = 200;

/** `pending`: the number's run is at it; ask again, and name that run where it is known. */
export type AcquireAnswer = Acquired | Pending;

interface Pending {
  outcome: 'pending';
  runId?: string;
}

/** How `provisionLease` hands a number to the one run that may touch it, and takes it back. */
export function acquireActivities(shared: Shared) {
  const { api, temporal, taskQueue, inventory, limits, acquireWaitMs = WAIT_MS } = shared;
  let waiting = 0;

  /** Safe to run again at any time: it joins the run of this provision, or reads what came of it. */
  async function acquireNumber(asked: Acquire): Promise<AcquireAnswer> {
    const { again, runId, ...terms } = asked;
    const input = { ...terms, account: api.account, ...(limits && { budgeted: true as const }) };
    const { number } = input.offer;
    const { provisionRunId } = input;
    await inventory.claim(number);
    const lookBack = again || Context.current().info.attempt > 1;
    const run = await runOfProvision(temporal, { number, provisionRunId, lookBack, runId });
    const answer = await (run ? join(run, input, number) : answerOf(startAndAcquire(input)));
    return answer.outcome === 'pending' ? { ...answer, ...(await started(temporal, input, run)) } : answer;
  }

  /** Open: ask it. Closed: its result is the answer, and nothing is ever started again for this provision. */
  async function join(run: LeaseRunInfo, owner: AcquireArgs, number: string): Promise<AcquireAnswer> {
    const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
    if (run.status.name === 'RUNNING') {
      const { provisionRunId, reference } = owner;
      const args: [AcquireArgs] = [{ provisionRunId, reference }];
      const updateId = acquireId(provisionRunId);
      return answerOf(handle.executeUpdate<AcquireAnswer, [AcquireArgs]>(NAMES.acquire, { args, updateId }));
    }
    return answerOfEnded(handle, number);
  }

  function startAndAcquire(input: ManageLeaseInput): Promise<AcquireAnswer> {
    const { provisionRunId, reference } = input;
    return temporal.workflow.executeUpdateWithStart<ManageLease, AcquireAnswer, [AcquireArgs]>(
      NAMES.acquire,
      {
        args: [{ provisionRunId, reference }],
        updateId: acquireId(provisionRunId),
        startWorkflowOperation: startOperation(input, taskQueue),
      },
    );
  }

  /** Waits a bounded time; an update that is refused or whose run ended under it is an answer too. */
  async function answerOf(update: Promise<AcquireAnswer>): Promise<AcquireAnswer> {
    update.catch(() => undefined); // when the wait ends first, nobody is left to hear of it
    if (waiting >= WAITING_AT_MOST) return { outcome: 'pending' };
    waiting += 1;
    try {
      return await Promise.race([update, pendingAfter(acquireWaitMs)]);
    } catch (error) {
      return refusedOrPending(error);
    } finally {
      waiting -= 1;
    }
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

/** What the number's run is started with; the account, and whether there are limits, are the worker's own. */
export type Acquire = Omit<ManageLeaseInput, 'account' | 'budgeted' | 'carried'> & {
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

function startOperation(input: ManageLeaseInput, taskQueue: string) {
  return new WithStartWorkflowOperation<ManageLease>(NAMES.manageLease, {
    ...startOptions(input, taskQueue),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/** How the run of a number is started, whoever starts it. */
export function startOptions(input: ManageLeaseInput, taskQueue: string) {
  const { reference, provisionRunId, offer, labels = {} } = input;
  const entries = labelEntries(labels);
  const { price: its, channels, reputation } = offer;
  const taken = channels && reputation !== undefined && { channels, reputation, ...(its && { price: its }) };
  const memo: LeaseMemo = { reference, provisionRunId, ...(taken && { taken }) };
  const price = its && `${formatMoney(its.monthlyRate, its.currency)} a month`;
  return {
    workflowId: leaseId(offer.number),
    taskQueue,
    args: [input] as [ManageLeaseInput],
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

function pendingAfter(milliseconds: number): Promise<Pending> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ outcome: 'pending' }), milliseconds).unref();
  });
}

/** The run of another reference refuses by its validator; any other trouble is asked about again. */
function refusedOrPending(error: unknown): AcquireAnswer {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    if (error.cause.type === 'NumberUnavailable') {
      return { outcome: 'refused', failure: failure('NumberUnavailable', error.cause.message) };
    }
  }
  log.warn('asking for the number had no answer, asking again', { error: String(error) });
  return { outcome: 'pending' };
}

function endedByHand(number: string, status: string): Failure {
  return failure(
    'NumberUnavailable',
    `the run that owned ${number} was ended from outside (${status}): it may still be leased`,
  );
}
