import type { LeaseConfirmed, LeaseOutcome } from '../activities/lease-number.js';
import type { NumberSeen } from '../activities/read-number.js';
import type { Blame } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import { isLeasable } from '../domain/number-record.js';
import type { Answered, CallFacts } from '../domain/outcome.js';
import { activate } from './activate.js';
import { confirmBudget, freeBudgetEarly, reserveBudget } from './budget.js';
import type { LeaseRun } from './lease-run.js';
import {
  areCallsOver,
  holdingOf,
  noteCall,
  outwaitDispute,
  readNumber,
  settleEver,
  settleNow,
} from './ownership.js';
import { outcomeOfLoss, spends } from './steps.js';
import { countInDoubt, countSettled } from './telemetry.js';
import { noteVendorTime } from './text-doubts.js';
import { inWords, Tries, untilAnswered, waitAfter } from './until-answered.js';

/** After so many lease calls that came to nothing although the API answers, the request ends. */
const MAX_FAILED_CALLS = 5;
/** Where not even the vendor's own error comes, it is most likely the same for every number: it is waited out. */
const MAX_OUTAGE_MS = 15 * 60_000;
/** A proxy speaks, or the vendor says that it is away: none of it is about the number. */
const OUTAGE_STATUSES = [408, 499, 502, 503, 504];
/** The vendor refuses the account, whatever the number is. */
const ACCOUNT_STATUSES = [401, 402, 403];

interface Refusal {
  failure: Failure;
  blame?: Blame;
}

/** What the number showed right after the lease call; undefined: it was not read then. */
type Shown = Answered<NumberSeen> | undefined;

interface Taken {
  refusal?: Refusal;
  shown?: Shown;
}

/**
 * Leases the number and verifies it, then answers the provision that waits. Afterwards the lease is active, or the run is
 * ending; a lease that is then in `memory.lease` is released by the phase that follows.
 */
export async function takeNumber(run: LeaseRun): Promise<void> {
  const { budgeted } = run.input;
  const taken: Taken = run.memory.lease ? {} : await leaseNumber(run);
  const refusal =
    taken.refusal ??
    overCharged(run) ??
    (await verify(run, taken.shown)) ??
    (budgeted ? refusalBy(await confirmBudget(run)) : undefined);
  if (!refusal) {
    activate(run);
    return;
  }
  // The room in the limits goes to the next candidate, but not while a call for this one may still create a lease.
  if (budgeted && !run.memory.lease && refusal.blame !== 'account') {
    const late = await settleEver(run);
    if (late) run.own(late);
    else await freeBudgetEarly(run);
  }
  run.refuse(refusal.failure, refusal.blame);
}

function refusalBy(why: Failure | undefined, blame?: Blame): Refusal | undefined {
  return why && { failure: why, ...(blame && { blame }) };
}

/** Calls until the number is ours or is refused; what each call did is settled by reading before the next one. */
async function leaseNumber(run: LeaseRun): Promise<Taken> {
  const { memory } = run;
  const noRoom = run.input.budgeted ? refusalBy(await reserveBudget(run)) : undefined;
  if (noRoom) return { refusal: noRoom };
  const tries = new Tries();
  for (;;) {
    if (!memory.calls?.unsettled) {
      if (run.isEnding()) return { refusal: notWanted(run) };
      const { unsent, shown } = await callLease(run);
      if (memory.lease) return { shown };
      if (unsent) await waitToRepeat(run, tries, unsent);
      continue;
    }
    const { unsettled } = memory.calls;
    const outright = refusedOutright(run, unsettled);
    if (outright) return { refusal: outright };
    const settled = await settleNow(run, unsettled);
    delete memory.calls.unsettled;
    if (unsettled.isAmbiguous) countSettled('lease', settled.lease ? 'acted' : 'not_acted');
    if (settled.lease) {
      run.own(settled.lease);
      return {};
    }
    const refusal = refusalOf(run, unsettled, settled.seen);
    if (refusal) return { refusal };
    await waitToRepeat(run, tries, unsettled.call);
  }
}

interface Called {
  /** Facts of a call that was never sent; what any other one did is noted for reading. */
  unsent?: CallFacts;
  shown?: Shown;
}

/** One lease call, and the read that follows a confirmed one in the same activity. */
async function callLease(run: LeaseRun): Promise<Called> {
  const { number, memory, knownRunId } = run;
  const { billingMethod } = run.input.terms;
  const args = { number, billingMethod, account: memory.account, knownRunId };
  const options = { summary: `lease and verify ${number}` };
  const outcome: LeaseOutcome = await spends.leaseNumber
    .executeWithOptions(options, [args])
    .catch((error: unknown) => outcomeOfLoss(error, `POST /numbers/lease/${number}`));
  if (outcome.outcome === 'confirmed') {
    noteCall(run, { mayHaveActed: true });
    run.own(outcome.value);
    return { shown: outcome.shown };
  }
  const { call } = outcome;
  run.note(`lease call ${call.neverSent ? 'not sent' : outcome.outcome}: ${inWords(call)}`);
  if (outcome.outcome === 'refused' && call.neverSent) {
    if (outcome.account && !memory.calls) memory.account = outcome.account;
    if (outcome.reset !== undefined) run.doubtHistory('the history was reset', outcome.reset);
    return { unsent: call };
  }
  const isAmbiguous = outcome.outcome === 'ambiguous';
  if (isAmbiguous) countInDoubt('lease');
  noteCall(run, { mayHaveActed: isAmbiguous, unsettled: { call, isAmbiguous, at: Date.now() } });
  return {};
}

async function waitToRepeat(run: LeaseRun, tries: Tries, call: CallFacts): Promise<void> {
  const why = inWords(call);
  tries.count(call);
  if (tries.areTrouble(call, MAX_FAILED_CALLS + 1)) run.attention('api', why);
  await run.wait(tries.waitMs(call), `leasing again, ${why}`, () => run.isEnding());
  await run.continueAsNewIfNeeded();
}

/** Why the number is not leased, after a read that showed no lease of ours; undefined: it is worth another call. */
function refusalOf(
  run: LeaseRun,
  { call, isAmbiguous }: { call: CallFacts; isAmbiguous: boolean },
  seen: NumberSeen,
): Refusal | undefined {
  if (!isAmbiguous && isAboutAccount(call)) return refusedAccount(run, call);
  if ('missing' in seen || !isLeasable(seen.record)) return { failure: taken(run, seen) };
  if (!isAmbiguous && call.status !== 429)
    return { failure: failure('NumberUnavailable', refusedInWords(run, call)) };
  if (call.status === 429) return undefined; // only the rate was too high
  run.memory.failedCalls += 1;
  const why = `${run.number}: the lease call had no answer and did not act: ${inWords(call)}`;
  if (run.memory.failedCalls < MAX_FAILED_CALLS || isOutage(run, call)) return undefined;
  return {
    failure: failure('UnexpectedResponse', why),
    blame: (call.status ?? 0) >= 500 ? 'vendor' : 'account',
  };
}

/**
 * The account may not lease, whatever the number is: that ends the request at once. No other number is tried, so nothing can
 * be leased twice, and this run goes on until it is certain that nothing was leased.
 */
function refusedOutright(
  run: LeaseRun,
  { call, isAmbiguous }: { call: CallFacts; isAmbiguous: boolean },
): Refusal | undefined {
  if (isAmbiguous || run.memory.calls?.mayHaveActed || !isAboutAccount(call)) return undefined;
  const refusal = refusedAccount(run, call);
  return refusal.blame === 'account' ? refusal : undefined;
}

function isAboutAccount({ status }: CallFacts): boolean {
  return ACCOUNT_STATUSES.includes(status ?? 0);
}

/** The account may not lease. Another number helps only where this one requires what the account lacks. */
function refusedAccount(run: LeaseRun, call: CallFacts): Refusal {
  const why = refusedInWords(run, call);
  if (call.status === 401) return { failure: failure('Unauthorized', why), blame: 'account' };
  const { agreementUrl } = call;
  const facts = agreementUrl === undefined ? {} : { agreementUrl };
  const isOfNumber = call.status === 403 && run.input.offer.requirements.length > 0;
  return {
    failure: failure('AccountRestricted', why, facts),
    blame: isOfNumber ? 'number' : 'account',
  };
}

function refusedInWords(run: LeaseRun, call: CallFacts): string {
  return `the vendor refused to lease ${run.number}: ${call.message}`;
}

/** An outage that only lease calls meet, as maintenance may be, must not use up the request's tries. */
function isOutage(run: LeaseRun, { status }: CallFacts): boolean {
  const isAway = status === undefined || OUTAGE_STATUSES.includes(status);
  return isAway && Date.now() - run.memory.startedAt < MAX_OUTAGE_MS;
}

function taken(run: LeaseRun, seen: NumberSeen): Failure {
  if ('missing' in seen)
    return failure('NumberUnavailable', `the vendor knows no number ${run.number} any more`);
  const why = seen.record.lease
    ? 'this account leased it by other means'
    : `its status is ${seen.record.status}`;
  return failure('NumberUnavailable', `${run.number} was taken: ${why}`);
}

function overCharged(run: LeaseRun): Refusal | undefined {
  const over = run.overCharged(run.lease);
  return refusalBy(
    over === undefined ? undefined : failure('LimitExceeded', `${run.number} goes back at once: ${over}`),
  );
}

/**
 * Nothing is sent, and no caller learns of the number, before the number itself shows our lease as active. A lease that it
 * shows as open in another way is waited for; one that it does not show is given up once no call of ours can act any more.
 * @param shown what the number showed right after the lease call, where it was read then
 */
async function verify(run: LeaseRun, shown: Shown): Promise<Refusal | undefined> {
  for (let polled = 1; ; polled += 1) {
    const requestedAt = Date.now();
    const read = () => readNumber(run, `verify ${run.number}`);
    const isFirst = polled === 1 && !run.isEnding();
    const seen =
      (isFirst ? shown : undefined) ??
      (await untilAnswered(run, 'verifying the lease', read, () => run.isEnding()));
    if (!seen) return notWanted(run);
    const holding = holdingOf(run, seen.value);
    if (holding.is === 'disputed') {
      await outwaitDispute(run, holding.lease.leaseId);
    } else if (holding.is === 'ours') {
      followId(run, holding.lease);
      if (isActive(seen.value)) return verified(run, seen.vendorTime);
      if (Date.now() - run.lease.knownAt >= run.input.terms.settleWindowMs)
        run.attention('pending', `${run.number} shows ${inShort(seen.value)}`);
    } else if (isOverIn(run, seen.value) || areCallsOver(run, requestedAt)) {
      const why = `the vendor confirmed lease ${run.lease.leaseId}, but the number shows ${inShort(seen.value)}`;
      return { failure: failure('UnexpectedResponse', why), blame: 'account' };
    }
    const why = `verifying again: the number shows ${inShort(seen.value)}`;
    await run.wait(Math.min(waitAfter(polled), 10_000), why, () => run.isEnding());
    if (run.isEnding()) return notWanted(run);
    await run.continueAsNewIfNeeded();
  }
}

function verified(run: LeaseRun, vendorTime: number | undefined): Refusal | undefined {
  if (run.memory.calls) run.memory.calls.unexplained = false;
  noteVendorTime(run, vendorTime ?? run.input.offer.freeAt);
  run.calm('pending');
  return overCharged(run);
}

function isActive(seen: NumberSeen): boolean {
  return 'record' in seen && seen.record.lease?.status === 'active';
}

function isOverIn(run: LeaseRun, seen: NumberSeen): boolean {
  return 'record' in seen && seen.record.lease?.leaseId === run.lease.leaseId;
}

/** The vendor's response named another lease than the number shows: what the number shows is what is paid for. */
function followId(run: LeaseRun, lease: LeaseConfirmed): void {
  const { leaseId } = run.lease;
  if (lease.leaseId === leaseId) return;
  run.note(`the vendor confirmed lease ${leaseId}, the number shows ${lease.leaseId}: ours as well`);
  run.own(lease);
}

function inShort(seen: NumberSeen): string {
  if ('missing' in seen) return 'nothing';
  const { lease, status } = seen.record;
  return lease ? `lease ${lease.leaseId} as ${lease.status}` : `no lease and the status ${status}`;
}

function notWanted(run: LeaseRun): Refusal {
  const why = run.memory.ending?.reason ?? 'no longer wanted';
  return { failure: failure('NumberUnavailable', `${run.number} was not leased: ${why}`) };
}
