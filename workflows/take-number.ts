import type { NumberSeen } from '../activities/read-number.js';
import { failure, type Failure } from '../domain/failures.js';
import { isLeasable } from '../domain/number-record.js';
import type { CallFacts, Outcome } from '../domain/outcome.js';
import { confirmBudget, reserveBudget } from './budget.js';
import { firstDeadline } from './deadlines.js';
import type { LeaseRun } from './lease-run.js';
import {
  type FoundLease,
  foundOurs,
  keepRoomWhileInDoubt,
  outwaitLeaseDoubt,
  readNumber,
} from './own-lease.js';
import { changes, factsOfLoss } from './steps.js';
import { countInDoubt, countSettled } from './telemetry.js';
import { inWords, needsPeople, Tries, untilAnswered, waitAfter } from './until-answered.js';

/** After so many lease calls that came to nothing although the API answers, the next candidate is the better try. */
const CALLS_IN_DOUBT_AT_MOST = 5;
/** Where not even the vendor's own error comes, it is most likely the same for every number: this long it is waited out. */
const OUTAGE_AT_MOST_MS = 15 * 60_000;
/** A box on the way speaks, or the vendor says that it is away: none of it is about the number. */
const OUTAGE_STATUSES = [408, 499, 502, 503, 504];

type Decision =
  | { is: 'ours'; lease: FoundLease }
  | { is: 'refused'; failure: Failure }
  | { is: 'again'; why: string; call: CallFacts };

/**
 * Leases the number and verifies it, then answers the provision that waits. Afterwards the lease is active, or the
 * run is ending; a lease that is then in `memory.lease` is given back by the phase that follows.
 */
export async function takeNumber(run: LeaseRun): Promise<void> {
  const { budgeted } = run.input;
  const refused =
    (run.memory.lease ? undefined : await leaseNumber(run)) ??
    overCharged(run) ??
    (await verify(run)) ??
    (budgeted ? await confirmBudget(run) : undefined);
  if (refused) {
    if (run.memory.lease) lookForOthersAtTheEnd(run);
    else if (budgeted) await keepRoomWhileInDoubt(run);
    else await outwaitLeaseDoubt(run);
    run.refuse(refused);
  } else {
    activate(run);
  }
}

/** Calls until the number is ours or surely not to be had; every doubt is settled by reading before the next call. */
async function leaseNumber(run: LeaseRun): Promise<Failure | undefined> {
  const noRoom = run.input.budgeted ? await reserveBudget(run) : undefined;
  if (noRoom) return noRoom;
  const tries = new Tries();
  let inDoubt = 0;
  for (;;) {
    if (run.memory.ending) return notWanted(run);
    const outcome = await callLease(run);
    const decision = await decide(run, outcome);
    if (decision.is === 'ours') {
      const { account, ...lease } = decision.lease;
      run.memory.lease = { ...lease, knownAt: Date.now() };
      run.memory.account = account;
      run.note(`leased as ${decision.lease.leaseId}`);
      return undefined;
    }
    if (decision.is === 'refused') return decision.failure;
    const isDoubtful = outcome.outcome === 'ambiguous';
    if (isDoubtful) inDoubt += 1;
    if (isDoubtful && inDoubt >= CALLS_IN_DOUBT_AT_MOST && !isWaitedOut(run, decision.call))
      return failure('UnexpectedResponse', `${run.number}: ${decision.why}`);
    tries.count(decision.call);
    if (tries.areTrouble(decision.call, CALLS_IN_DOUBT_AT_MOST + 1)) run.attention('api', decision.why);
    await run.wait(tries.waitMs(decision.call), `leasing again, ${decision.why}`, () => run.isEnding());
    await run.handOverIfLong();
  }
}

async function callLease(run: LeaseRun): Promise<Outcome<FoundLease>> {
  const { number } = run;
  const { billingMethod, settleWindowMs } = run.input.terms;
  const args = { number, billingMethod, account: run.memory.account };
  if (run.memory.firstCallAt === 0) run.memory.firstCallAt = Date.now();
  let outcome: Outcome<FoundLease>;
  try {
    outcome = await changes.leaseNumber.executeWithOptions({ summary: `lease ${number}` }, [args]);
  } catch (error) {
    outcome = { outcome: 'ambiguous', call: factsOfLoss(error, `POST /numbers/lease/${number}`) };
  }
  if (mayBeCopied(outcome)) run.memory.leaseActsUntil = Date.now() + settleWindowMs;
  if (outcome.outcome === 'ambiguous') run.memory.leaseDoubtUntil = Date.now() + settleWindowMs;
  if (outcome.outcome === 'ambiguous') countInDoubt('lease');
  return outcome;
}

/** A box on the way may deliver a call again: also one that was refused, unless it is refused whatever the number is. */
function mayBeCopied(outcome: Outcome<FoundLease>): boolean {
  return outcome.outcome !== 'refused' || !(isNoCall(outcome.call) || needsPeople(outcome.call));
}

/** It never left, or the rate was over: nothing was looked at. */
function isNoCall(call: CallFacts): boolean {
  return call.neverSent || call.status === 429;
}

/** An outage that only lease calls meet, as maintenance may be, must not go through one number after the other. */
function isWaitedOut({ memory }: LeaseRun, { status }: CallFacts): boolean {
  const isOutage = status === undefined || OUTAGE_STATUSES.includes(status);
  return isOutage && Date.now() - memory.firstCallAt < OUTAGE_AT_MOST_MS;
}

async function decide(run: LeaseRun, outcome: Outcome<FoundLease>): Promise<Decision> {
  if (outcome.outcome === 'confirmed') return { is: 'ours', lease: outcome.value };
  const { call } = outcome;
  const why = inWords(call);
  run.note(`lease call ${outcome.outcome}: ${why}`);
  if (outcome.outcome === 'refused' && isNoCall(call)) return { is: 'again', why, call };
  const seen = await readBack(run, call);
  if (!seen) return { is: 'refused', failure: explain(run, call) };
  const found = foundOurs(run, seen);
  if (outcome.outcome === 'ambiguous') countSettled('lease', found ? 'acted' : 'not_acted');
  if (found) return { is: 'ours', lease: found };
  if (outcome.outcome === 'refused') return { is: 'refused', failure: explain(run, call, seen) };
  if ('missing' in seen || !isLeasable(seen.record)) return { is: 'refused', failure: taken(run, seen) };
  return { is: 'again', why: `the lease call had no answer and did not act: ${why}`, call };
}

/** Reads the number until it is answered; only a no that is about the account needs no look at the number. */
async function readBack(run: LeaseRun, call: CallFacts): Promise<NumberSeen | undefined> {
  if (run.memory.leaseDoubtUntil === 0 && needsPeople(call)) return undefined;
  const seen = await untilAnswered(run, 'reading the number', () => readNumber(run));
  return seen?.value;
}

/** Why a lease call was refused: what the number shows says more than the status, which the vendor does not document. */
function explain(run: LeaseRun, call: CallFacts, seen?: NumberSeen): Failure {
  if (seen && ('missing' in seen || !isLeasable(seen.record))) return taken(run, seen);
  const why = `the vendor refused to lease ${run.number}: ${call.message}`;
  if (call.status === 401) return failure('Unauthorized', why);
  if (call.status === 403) {
    return failure(
      'AccountRestricted',
      why,
      call.agreementUrl === undefined ? {} : { agreementUrl: call.agreementUrl },
    );
  }
  return failure('NumberUnavailable', why);
}

function taken(run: LeaseRun, seen: NumberSeen): Failure {
  if ('missing' in seen)
    return failure('NumberUnavailable', `the vendor knows no number ${run.number} any more`);
  const why = seen.record.lease
    ? 'this account leased it by other means'
    : `its status is ${seen.record.status}`;
  return failure('NumberUnavailable', `${run.number} was taken: ${why}`);
}

function overCharged(run: LeaseRun): Failure | undefined {
  const over = run.overCharged(run.lease);
  return over === undefined
    ? undefined
    : failure('LimitExceeded', `${run.number} goes back at once: ${over}`);
}

/**
 * Nothing is sent, and nobody is told of the number, before the number itself shows our lease as active. It has the
 * settle window for that, from the first answer: while the API is away, the number cannot show anything.
 */
async function verify(run: LeaseRun): Promise<Failure | undefined> {
  let until: number | undefined;
  for (let looked = 1; ; looked += 1) {
    const seen = await untilAnswered(
      run,
      'verifying the lease',
      () => readNumber(run, `verify ${run.number}`),
      () => run.isEnding(),
    );
    if (!seen) return notWanted(run);
    if (showsActive(seen.value, run.lease.leaseId) || adopts(run, seen.value)) {
      if (seen.vendorTime !== undefined) run.memory.explainedUntil = seen.vendorTime;
      return overCharged(run);
    }
    until ??= Date.now() + run.input.terms.settleWindowMs;
    const shown = `the vendor confirmed lease ${run.lease.leaseId}, but the number shows ${inShort(seen.value)}`;
    if (Date.now() >= until) return failure('UnexpectedResponse', shown);
    await run.wait(Math.min(waitAfter(looked), 10_000), `verifying again: ${shown}`, () => run.isEnding());
  }
}

function showsActive(seen: NumberSeen, leaseId: string): boolean {
  return 'record' in seen && seen.record.lease?.leaseId === leaseId && seen.record.lease.status === 'active';
}

/** The vendor named another lease than the number shows: what began since our first call is ours all the same. */
function adopts(run: LeaseRun, seen: NumberSeen): boolean {
  const shown = foundOurs(run, seen);
  if (!shown || !showsActive(seen, shown.leaseId)) return false;
  const { account, ...lease } = shown;
  run.note(
    `the vendor confirmed lease ${run.lease.leaseId}, the number shows ${lease.leaseId}: ours as well`,
  );
  Object.assign(run.memory, { lease: { ...lease, knownAt: Date.now() }, account });
  lookForOthersAtTheEnd(run);
  return true;
}

/** Our calls may have made another lease than the one that goes back, so the run looks once more before it ends. */
function lookForOthersAtTheEnd({ memory }: LeaseRun): void {
  memory.leaseDoubtUntil = Math.max(memory.leaseDoubtUntil, Date.now());
}

function inShort(seen: NumberSeen): string {
  if ('missing' in seen) return 'nothing';
  const { lease, status } = seen.record;
  return lease ? `lease ${lease.leaseId} as ${lease.status}` : `no lease and the status ${status}`;
}

/** The lease is ours to use: the term begins, and the provision gets its answer. */
export function activate(run: LeaseRun): void {
  const { memory, lease, input } = run;
  memory.leasedAt = Date.now();
  const expiresAt = firstDeadline(run, memory.leasedAt);
  if (expiresAt !== undefined) memory.expiresAt = expiresAt;
  lease.billing = {
    ...lease.billing,
    ...(!lease.billing.price && input.offer.price && { price: input.offer.price }),
  };
  const { reference } = input;
  const leasedAt = new Date(memory.leasedAt).toISOString();
  memory.acquired = {
    outcome: 'leased',
    lease: {
      reference,
      number: run.number,
      leaseId: lease.leaseId,
      status: 'active',
      billing: lease.billing,
      leasedAt,
    },
  };
  run.calm('api');
  run.note('verified: the lease is active');
  run.enter('active');
}

function notWanted(run: LeaseRun): Failure {
  return failure(
    'NumberUnavailable',
    `${run.number} was not leased: ${run.memory.ending?.reason ?? 'no longer wanted'}`,
  );
}
