import { randomUUID } from 'node:crypto';
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
import { isOpenRun, memoOf, newestOfLease, runOfProvision, type LeaseRunInfo } from './lease-runs.js';
import { OpenAsks } from './open-asks.js';
import { UnansweredStarts } from './unanswered-starts.js';

/** How long one try waits for the number's run to answer: half of the activity's own time limit. */
const WAIT_MS = 5_000;
/** How long a run may take to tell its state; one in the middle of a read takes as long as that read. */
const QUERY_MS = 2_000;
/** The server takes a start in at once, and waits for the run's first task. */
const START_LIMIT_MS = 30_000;

/** `pending`: the number's run is at it; ask again, and name that run where it is known. */
export type AcquireAnswer = (Acquired | Pending) & { starts?: Starts };

/** Requests to start the number's run, all of them sent by one worker. */
export interface Starts {
  worker: string;
  /** One of them has no answer yet: it may still start a run. */
  underWay: boolean;
  /** Another try of this activity may have sent one. */
  retried?: true;
}

interface Pending {
  outcome: 'pending';
  runId?: string;
  /** That run wakes the provision when it has an answer. */
  wakes?: true;
}

/** How `provisionLease` hands a number to the one run that may touch it, and takes it back. */
export function acquireActivities(shared: Shared) {
  const { temporal, inventory, acquireWaitMs = WAIT_MS } = shared;
  const worker = randomUUID();
  const asks = new OpenAsks(acquireWaitMs);
  const unanswered = new UnansweredStarts();
  const { join, joinEarlier, start } = waysToAcquire(shared, asks, unanswered);

  /** Safe to run again at any time: it joins the run of this provision, or reads what came of it. */
  async function acquireNumber(asked: Acquire): Promise<AcquireAnswer> {
    const { again, runId, joins, ...terms } = asked;
    const input = { ...terms, ...workersOwn(shared) };
    const { number } = input.offer;
    const { provisionRunId, reference } = input;
    await inventory.claim(number);
    const isRepeated = Context.current().info.attempt > 1;
    const run = await runToAsk({ number, provisionRunId, runId }, joins, again || isRepeated);
    const answer = joins
      ? await joinEarlier(run, { provisionRunId, reference, joins }, number)
      : await joinOrStart(run, input);
    const id = askId(provisionRunId, number);
    const retried = isRepeated && !joins && { retried: true as const };
    const starts: Starts = { worker, underWay: unanswered.has(id), ...retried };
    if (answer.outcome === 'pending') return { ...answer, starts, ...(await started(temporal, input, run)) };
    asks.forget(id);
    // Nothing was requested: the next ask starts a run anew.
    return isLate(answer) ? { outcome: 'pending', starts } : { ...answer, starts };
  }

  /** Undefined: there is none, as where nothing of this provision can have started one. */
  async function runToAsk(
    { number, ...own }: { number: PhoneNumber; provisionRunId: string; runId: string | undefined },
    joins: boolean | undefined,
    mayHaveStarted: boolean,
  ): Promise<LeaseRunInfo | undefined> {
    if (joins) return newestOfLease(temporal, number, own.runId);
    return mayHaveStarted ? runOfProvision(temporal, { number, ...own, lookBack: true }) : undefined;
  }

  async function joinOrStart(run: LeaseRunInfo | undefined, input: ManageLeaseInput): Promise<AcquireAnswer> {
    const answer = run && (await join(run, input, input.offer.number));
    return answer && !isLate(answer) ? answer : start(input);
  }

  /**
   * Cancels the number's run if it belongs to this provision: the run releases the number before it ends.
   * @returns whether there was one to cancel
   */
  async function giveBack({ number, provisionRunId, joined }: GiveBack): Promise<boolean> {
    const run =
      joined === undefined
        ? await runOfProvision(temporal, { number, provisionRunId, lookBack: false })
        : await newestOfLease(temporal, number, joined);
    if (!run || !isOpenRun(run)) return false;
    const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
    // An earlier attempt may have handed its number to the caller: it is not this one's to release.
    if (joined !== undefined && (await isLeased(handle)) !== false) return false;
    await handle.cancel();
    return true;
  }

  return { acquireNumber, giveBack, join };
}

function waysToAcquire({ temporal, taskQueue }: Shared, asks: OpenAsks, unanswered: UnansweredStarts) {
  /** Open: ask it. Closed: its result is the answer. */
  async function join(run: LeaseRunInfo, owner: AcquireArgs, number: string): Promise<AcquireAnswer> {
    const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
    if (!isOpenRun(run)) return answerOfEnded(handle, number);
    const id = askId(owner.provisionRunId, number);
    if (asks.has(id) && (await isLeased(handle))) asks.forget(id); // its answer is lost
    return asks.answer(id, () => ({ answer: handle.executeUpdate(NAMES.acquire, updateOf(owner)) }));
  }

  /** The run of another attempt of the reference. It is never started; what it leased counts while it is open. */
  async function joinEarlier(
    run: LeaseRunInfo | undefined,
    owner: AcquireArgs,
    number: string,
  ): Promise<AcquireAnswer> {
    const isOwn = run !== undefined && memoOf(run).provisionRunId === owner.provisionRunId;
    if (run && (isOwn || isOpenRun(run))) return join(run, owner, number);
    const why = `the run of ${number}, which an earlier attempt started, is over`;
    return { outcome: 'refused', failure: failure('NumberUnavailable', why), leased: true };
  }

  function start(input: ManageLeaseInput): Promise<AcquireAnswer> {
    const id = askId(input.provisionRunId, input.offer.number);
    const request = () =>
      temporal.workflow.startUpdateWithStart<ManageLease, AcquireAnswer, [AcquireArgs]>(NAMES.acquire, {
        ...updateOf(input),
        waitForStage: 'ACCEPTED',
        startWorkflowOperation: startOperation(input, taskQueue),
      });
    return asks.answer(id, () => {
      const sent = unanswered.track(id, () => temporal.withDeadline(Date.now() + START_LIMIT_MS, request));
      return { start: sent, answer: sent.then((update) => update.result()) };
    });
  }

  return { join, joinEarlier, start };
}

export type ManageLease = (input: ManageLeaseInput) => Promise<LeaseResult>;

/** What the number's run is started with; the account, and whether there are limits and events, are the worker's own. */
export type Acquire = Omit<ManageLeaseInput, 'account' | 'budgeted' | 'announces' | 'carried'> & {
  /** This provision has asked for the number before. */
  again: boolean;
  /** The run that an earlier ask has started, where that ask could tell. */
  runId?: string;
  /** That run belongs to an earlier attempt of the reference: it is asked, and no other one is started. */
  joins?: true;
};

export interface GiveBack {
  number: PhoneNumber;
  provisionRunId: string;
  /** Run id of an earlier attempt's run, which is cancelled only if it has not leased yet. */
  joined?: string;
}

export interface AcquireArgs {
  provisionRunId: string;
  reference: string;
  /** The run may belong to an earlier attempt of the same reference. */
  joins?: true;
}

/** The update's id is the provision's, the same at each number that it tries. */
function askId(provisionRunId: string, number: PhoneNumber): string {
  return `${acquireId(provisionRunId)} ${number}`;
}

function updateOf({ provisionRunId, reference, joins }: AcquireArgs): {
  args: [AcquireArgs];
  updateId: string;
} {
  const args: AcquireArgs = { provisionRunId, reference, ...(joins && { joins }) };
  return { args: [args], updateId: acquireId(provisionRunId) };
}

function isLate(answer: AcquireAnswer): boolean {
  return answer.outcome === 'refused' && answer.late === true;
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

/** Then it answers at once: an ask that still waits has missed it. Undefined where the run cannot tell now. */
async function isLeased(run: WorkflowHandle): Promise<boolean | undefined> {
  const query = run.query<LeaseStatus>(NAMES.status).catch(() => undefined);
  const status = await Promise.race([query, delay(QUERY_MS, undefined, { ref: false })]);
  return status && typeof status.leasedAt === 'string';
}

/** What a run that is over, and the runs that it went on in, came to. */
async function answerOfEnded(run: WorkflowHandle, number: string): Promise<Acquired> {
  try {
    return ((await run.result()) as LeaseResult).acquired;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { status } = await run.describe();
    const why = endedByHand(number, status.name);
    return { outcome: 'refused', failure: why, blame: 'account', leased: true };
  }
}

function endedByHand(number: string, status: string): Failure {
  return failure(
    'NumberUnavailable',
    `the run that owned ${number} was ended from outside (${status}): it may still be leased`,
  );
}
