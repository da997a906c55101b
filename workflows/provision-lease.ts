import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  defineSignal,
  isCancellation,
  sleep,
  workflowInfo,
  type ApplicationFailure,
} from '@temporalio/workflow';
import type { AcquireAnswer } from '../activities/acquire-number.js';
import type { EarlierRuns } from '../activities/earlier-runs.js';
import type { Found } from '../activities/find-numbers.js';
import {
  NAMES,
  type Acquired,
  type Leased,
  type ProvisionRequest,
  type ProvisionStatus,
} from '../domain/contract.js';
import { acquireTimeoutMs, MAX_START_DELAY_MS, maxNumbersLeased } from '../domain/acquire-limits.js';
import { formatDuration } from '../domain/duration.js';
import { failure, type Failure } from '../domain/failures.js';
import { WAKE, type LeaseTerms } from '../domain/lease-input.js';
import { handleQuery, handleSignal } from './handlers.js';
import { ProvisionRun, type CarriedProvision, type Choice, type Refused } from './provision-run.js';
import { handOvers, reads } from './steps.js';
import { untilAnswered, waitAfter } from './until-answered.js';

const wakeSignal = defineSignal(WAKE);
const provisionStatusQuery = defineQuery<ProvisionStatus>(NAMES.status);

/** A request is refused rather than tried on more numbers than this. */
export const CANDIDATES_AT_MOST = 200;
/** After the last moment at which a run of the number may start. */
const LAST_LOOK_AFTER_MS = 1_000;
/** Lease calls that the vendor failed before the request ends. */
const MAX_VENDOR_FAULTS = 2;
const OFFERS_LAST_MS = 3_000;
/** It waits before it asks again as after so many failures: some 4 seconds; and where it is woken anyway, half a minute. */
const FIRST_WAIT = 3;
const FIRST_WAIT_OF_WOKEN = 6;

/**
 * Finds a number that fits and has that number's own run lease it; falls to the next candidate when refused.
 * It ends with the caller's answer, and never leaves a number behind: when cancelled, the run of the number in hand
 * gives it back.
 */
export async function provisionLease(request: ProvisionRequest, carried?: CarriedProvision): Promise<Leased> {
  const run = new ProvisionRun(request, carried);
  handleQuery(provisionStatusQuery, () => run.status());
  handleSignal(wakeSignal, () => void (run.isWoken = true));
  try {
    for await (const choice of candidates(run)) {
      const acquired = await acquire(run, choice);
      if (acquired.outcome === 'leased') return run.leased(acquired.lease);
      if (run.startsUntil > Date.now()) await giveBack(run, choice);
      run.refused(acquired);
      if (endsTheRequest(run, acquired, choice)) throw run.failed(acquired.failure);
      await run.continueAsNewIfNeeded(); // each ask has the request's texts in it
    }
    throw run.failed(nothingLeft(run));
  } catch (error) {
    if (isCancellation(error)) {
      if (run.inHand !== undefined) await giveBack(run, run.inHand);
      run.cancelled();
    }
    throw error;
  }
}

/**
 * First what other attempts of the reference have under way; then offers, best first. Searches again when all of one
 * search were refused, until there is none that was not tried.
 */
async function* candidates(run: ProvisionRun): AsyncGenerator<Choice> {
  if (run.inHand) yield run.inHand; // asked for by an earlier run of this provision
  while (run.tried.length < CANDIDATES_AT_MOST) {
    const found = await find(run);
    if ('failure' in found) throw run.failed(run.failures.at(-1) ?? found.failure);
    const { offers, earlier } = found;
    run.noteLeased(earlier?.leased ?? []);
    if (earlier && earlier.toAsk.length > 0) yield* toJoin(earlier, found.terms);
    else if (offers.length > 0) yield* toLease(run, found);
    else return;
  }
}

function* toJoin({ toAsk }: EarlierRuns, terms: LeaseTerms): Generator<Choice> {
  for (const { offer, runId } of toAsk) yield { offer, terms, runId, joins: true };
}

function* toLease(
  run: ProvisionRun,
  { offers, terms }: Exclude<Found, { failure: Failure }>,
): Generator<Choice> {
  const foundAt = Date.now();
  for (const offer of offers) {
    const tooMany = leasedTooMany(run);
    if (tooMany) throw run.failed(tooMany);
    yield { offer, terms };
    if (isOvertaken(run, foundAt)) return;
  }
}

/** Others were quicker, and by now they have most likely taken the other offers as well: a search knows who has what. */
function isOvertaken({ failures }: ProvisionRun, foundAt: number): boolean {
  return failures.at(-1)?.type === 'NumberUnavailable' && Date.now() - foundAt > OFFERS_LAST_MS;
}

function leasedTooMany({ request, facts }: ProvisionRun): Failure | undefined {
  const most = maxNumbersLeased(request);
  const { length } = facts.leased;
  if (length < most) return undefined;
  const why = `runs of this reference have leased ${length} numbers one after another, and at most ${most} may be`;
  return failure('LimitExceeded', why, { field: 'maxNumbersLeased' });
}

async function find(run: ProvisionRun): Promise<Found> {
  const { request, tried } = run;
  const args = { request, tried, provisionRunId: provisionRunId() };
  const search = () => reads.findNumbers.executeWithOptions({ summary: 'find numbers' }, [args]);
  let refused: Failure | undefined;
  const found = await untilAnswered(run, 'finding numbers', async () => {
    const read = await search();
    if (!read.answered) refused = finalRefusal(read.call.status, read.call.message, read.call.agreementUrl);
    return refused ? { answered: true as const, value: { failure: refused } } : read;
  });
  if (!found) throw new TypeError('a search was given up');
  return found.value;
}

/** A key that is wrong, or an account that may not lease, ends the request; all else that goes wrong in a search passes. */
function finalRefusal(
  status: number | undefined,
  message: string,
  agreementUrl?: string,
): Failure | undefined {
  if (status === 401) return failure('Unauthorized', `the vendor does not accept the API key: ${message}`);
  if (status === 402 || status === 403)
    return failure('AccountRestricted', message, agreementUrl === undefined ? {} : { agreementUrl });
  return undefined;
}

/** Asks the number's run until it has an answer, for as long as the request allows. */
async function acquire(run: ProvisionRun, choice: Choice): Promise<Acquired> {
  const asksBefore = run.inHand || isLaterRun() ? 1 : 0;
  run.try(choice);
  const until = (choice.since ?? Date.now()) + acquireTimeoutMs(run.request);
  for (let asked = 1; ; asked += 1) {
    run.isWoken = false;
    const answer = await ask(run, choice, asked + asksBefore > 1);
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('the provision was cancelled');
    if (answer.outcome !== 'pending') return answer;
    if (answer.runId !== undefined) choice.runId = answer.runId;
    if (Date.now() >= until) throw await timedOut(run, choice);
    const isSure = answer.wakes && choice.runId !== undefined;
    const pauseMs = waitAfter(asked - 1 + (isSure ? FIRST_WAIT_OF_WOKEN : FIRST_WAIT));
    await run.wait(
      Math.max(1, Math.min(pauseMs, until - Date.now())),
      `the run of ${choice.offer.number} is still at it`,
      () => run.isWoken,
    );
    await run.continueAsNewIfNeeded();
  }
}

/** The number's run keeps what it has leased, and releases it when it can. */
async function timedOut(run: ProvisionRun, choice: Choice): Promise<ApplicationFailure> {
  const { number } = choice.offer;
  await giveBack(run, choice);
  const limit = formatDuration(acquireTimeoutMs(run.request));
  const why = `${number} was not leased and verified within ${limit}: its run releases whatever it has leased`;
  return run.failed(failure('UnexpectedResponse', why));
}

/** Not cancellable: a cancel waits for the few seconds of one ask, and then finds the run that it may have started. */
function ask(run: ProvisionRun, choice: Choice, again: boolean): Promise<AcquireAnswer> {
  const { reference, messages = [], labels } = run.request;
  const { offer, terms, runId, joins } = choice;
  const startBy = Date.now() + MAX_START_DELAY_MS;
  const input = {
    reference,
    provisionRunId: provisionRunId(),
    offer,
    terms,
    ...(runId !== undefined && { runId }),
    ...(joins && { joins }),
    startBy,
    messages,
    ...(labels && { labels }),
    again,
  };
  return CancellationScope.nonCancellable(async () => {
    const answer = await handOvers.acquireNumber
      .executeWithOptions({ summary: `acquire ${offer.number}` }, [input])
      .catch((error: unknown): AcquireAnswer => {
        if (error instanceof ActivityFailure) return { outcome: 'pending' };
        throw error;
      });
    run.noteStarts(answer.starts, startBy);
    return answer;
  });
}

/** A fault of the account is not helped by another number, one of the vendor's hardly. */
function endsTheRequest(
  { facts }: ProvisionRun,
  { failure: why, blame }: Refused,
  { offer }: Choice,
): boolean {
  if (why.type === 'Unauthorized' || why.limit) return true;
  if (why.type === 'AccountRestricted' && offer.requirements.length === 0) return true;
  return blame === 'account' || (blame === 'vendor' && facts.vendorFaults > MAX_VENDOR_FAULTS);
}

export function nothingLeft(run: Pick<ProvisionRun, 'failures' | 'request'>): Failure {
  const { failures, request } = run;
  const last = failures.at(-1);
  if (request.number !== undefined && last) return last;
  if (!last) return failure('NoNumberAvailable', 'no number that can be leased now matches the criteria');
  const restricted = failures.every(({ type }) => type === last.type);
  if (restricted && last.type !== 'NumberUnavailable') return last;
  return failure(
    'NoNumberAvailable',
    `${failures.length} numbers were tried and none was to be had; the last: ${last.message}`,
  );
}

/**
 * Has the number's run release it. Then it waits until no start that was requested can act any more, and looks again: a
 * request may reach the server long after it was sent.
 */
async function giveBack(run: ProvisionRun, choice: Choice): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    await cancelRunOf(choice);
    const leftMs = run.startsUntil + LAST_LOOK_AFTER_MS - Date.now();
    if (leftMs <= 0) return;
    await sleep(leftMs, { summary: `a run of ${choice.offer.number} may still start` });
    await cancelRunOf(choice);
  });
}

/** Retries until Temporal answers. */
async function cancelRunOf({ offer: { number }, runId, joins }: Choice): Promise<void> {
  const args = {
    number,
    provisionRunId: provisionRunId(),
    ...(joins && runId !== undefined && { joined: runId }),
  };
  for (let tries = 1; ; tries += 1) {
    try {
      await reads.giveBack.executeWithOptions({ summary: `give back ${number}` }, [args]);
      return;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(waitAfter(tries), { summary: `giving ${number} back again: Temporal did not answer` });
    }
  }
}

/** It goes on from an earlier run, or was reset: a request that its history does not show may have been sent. */
function isLaterRun(): boolean {
  const { runId, firstExecutionRunId } = workflowInfo();
  return runId !== firstExecutionRunId;
}

/** The same for all runs of one provision: what its number's run knows its owner by. */
function provisionRunId(): string {
  return workflowInfo().firstExecutionRunId;
}
