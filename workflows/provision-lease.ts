import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  defineSignal,
  isCancellation,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { AcquireAnswer } from '../activities/acquire-number.js';
import type { Found } from '../activities/find-numbers.js';
import {
  NAMES,
  type Acquired,
  type Leased,
  type ProvisionRequest,
  type ProvisionStatus,
} from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import { WAKE, type Offer } from '../domain/lease-input.js';
import { handleQuery, handleSignal } from './handlers.js';
import { ProvisionRun, type CarriedProvision, type Choice } from './provision-run.js';
import { handOvers, reads } from './steps.js';
import { untilAnswered, waitAfter } from './until-answered.js';

const wakeSignal = defineSignal(WAKE);
const provisionStatusQuery = defineQuery<ProvisionStatus>(NAMES.status);

/** A request is refused rather than tried on more numbers than this. */
export const CANDIDATES_AT_MOST = 200;
const SECOND_LOOK_MS = 10_000;
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
      run.refused(acquired.failure);
      if (endsTheSearch(acquired.failure, choice.offer)) throw run.failed(acquired.failure);
      await run.continueAsNewIfNeeded(); // each ask has the request's texts in it
    }
    throw run.failed(nothingLeft(run));
  } catch (error) {
    if (isCancellation(error)) {
      if (run.inHand !== undefined) await giveBack(run.inHand.offer.number);
      run.cancelled();
    }
    throw error;
  }
}

/** Offers, best first; searches again when all of one search were refused, until there is none that was not tried. */
async function* candidates(run: ProvisionRun): AsyncGenerator<Choice> {
  if (run.inHand) yield run.inHand; // asked for by an earlier run of this provision
  while (run.tried.length < CANDIDATES_AT_MOST) {
    const found = await find(run);
    if ('failure' in found) throw run.failed(run.failures.at(-1) ?? found.failure);
    if (found.offers.length === 0) return;
    const foundAt = Date.now();
    for (const offer of found.offers) {
      yield { offer, terms: found.terms };
      if (isOvertaken(run, foundAt)) break;
    }
  }
}

/** Others were quicker, and by now they have most likely taken the other offers as well: a search knows who has what. */
function isOvertaken({ failures }: ProvisionRun, foundAt: number): boolean {
  return failures.at(-1)?.type === 'NumberUnavailable' && Date.now() - foundAt > OFFERS_LAST_MS;
}

async function find(run: ProvisionRun): Promise<Found> {
  const { request, tried } = run;
  const search = () =>
    reads.findNumbers.executeWithOptions({ summary: 'find numbers' }, [{ request, tried }]);
  let refused: Failure | undefined;
  const found = await untilAnswered(run, 'finding numbers', async () => {
    const read = await search();
    if (!read.answered) refused = finalRefusal(read.call.status, read.call.message, read.call.agreementUrl);
    return refused ? { answered: true as const, value: { failure: refused } } : read;
  });
  if (!found) throw new TypeError('a search was given up');
  return found.value;
}

/** A key that is wrong or may not lease ends the request; everything else that goes wrong in a search passes. */
function finalRefusal(
  status: number | undefined,
  message: string,
  agreementUrl?: string,
): Failure | undefined {
  if (status === 401) return failure('Unauthorized', `the vendor does not accept the API key: ${message}`);
  if (status === 403)
    return failure('AccountRestricted', message, agreementUrl === undefined ? {} : { agreementUrl });
  return undefined;
}

/** Asks the number's run until it has an answer: that run settles every doubt, however long it takes. */
async function acquire(run: ProvisionRun, choice: Choice): Promise<Acquired> {
  const asksBefore = run.inHand ? 1 : 0;
  run.try(choice);
  for (let asked = 1; ; asked += 1) {
    run.isWoken = false;
    const answer = await ask(run, choice, asked + asksBefore > 1);
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('the provision was cancelled');
    if (answer.outcome !== 'pending') return answer;
    if (answer.runId !== undefined) choice.runId = answer.runId;
    const isSure = answer.wakes && choice.runId !== undefined;
    await run.wait(
      waitAfter(asked - 1 + (isSure ? FIRST_WAIT_OF_WOKEN : FIRST_WAIT)),
      `the run of ${choice.offer.number} is still at it`,
      () => run.isWoken,
    );
    await run.continueAsNewIfNeeded();
  }
}

/** Not cancellable: a cancel waits for the few seconds of one ask, and then finds the run that it may have started. */
function ask({ request }: ProvisionRun, choice: Choice, again: boolean): Promise<AcquireAnswer> {
  const { reference, messages = [], labels } = request;
  const { offer } = choice;
  const input = {
    reference,
    provisionRunId: provisionRunId(),
    ...choice,
    messages,
    ...(labels && { labels }),
    again,
  };
  return CancellationScope.nonCancellable(async () => {
    try {
      return await handOvers.acquireNumber.executeWithOptions({ summary: `acquire ${offer.number}` }, [
        input,
      ]);
    } catch (error) {
      if (error instanceof ActivityFailure) return { outcome: 'pending' };
      throw error;
    }
  });
}

/** An account that may not lease at all, or has reached a limit of its own, is not helped by another number; one that lacks what this number requires is. */
function endsTheSearch(why: Failure, offer: Offer): boolean {
  if (why.type === 'Unauthorized' || why.limit) return true;
  return why.type === 'AccountRestricted' && offer.requirements.length === 0;
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

/** Twice, because an ask whose answer was lost may have started the number's run a moment after the first look. */
async function giveBack(number: string): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    if (await cancelRunOf(number)) return;
    await sleep(SECOND_LOOK_MS, { summary: `looking again for a run of ${number}` });
    await cancelRunOf(number);
  });
}

/** Keeps at it until Temporal answers. True: the number's run was told to give it back, or has ended. */
async function cancelRunOf(number: string): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await reads.giveBack.executeWithOptions({ summary: `give back ${number}` }, [
        { number, provisionRunId: provisionRunId() },
      ]);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(waitAfter(tries), { summary: `giving ${number} back again: Temporal did not answer` });
    }
  }
}

/** The same for all runs of one provision: what its number's run knows its owner by. */
function provisionRunId(): string {
  return workflowInfo().firstExecutionRunId;
}
