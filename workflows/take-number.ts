import type { NumberSeen } from '../activities/read-number.js';
import { failure, type Failure } from '../domain/failures.js';
import type { LeaseAccount, OwnLease } from '../domain/lease-input.js';
import { isLeasable, type NumberRecord } from '../domain/number-record.js';
import type { CallFacts, Outcome } from '../domain/outcome.js';
import { confirmBudget, freeBudgetEarly, reserveBudget } from './budget.js';
import { firstDeadline } from './deadlines.js';
import type { LeaseRun } from './lease-run.js';
import { changes, factsOfLoss, looks } from './steps.js';
import { inWords, needsPeople, untilAnswered, waitAfter } from './until-answered.js';

/** After so many lease calls that came to nothing although the API answers, the next candidate is the better try. */
const CALLS_IN_DOUBT_AT_MOST = 5;
/** The vendor gives the start of a lease in whole seconds. */
const START_GRAIN_MS = 2_000;

/** A lease of ours, and with which account it was made. */
type FoundLease = OwnLease & { account: LeaseAccount };

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
    else if (!(await outwaitLeaseDoubt(run)) && budgeted) await freeBudgetEarly(run);
    run.refuse(refused);
  } else {
    activate(run);
  }
}

/** Calls until the number is ours or surely not to be had; every doubt is settled by reading before the next call. */
async function leaseNumber(run: LeaseRun): Promise<Failure | undefined> {
  const noRoom = run.input.budgeted ? await reserveBudget(run) : undefined;
  if (noRoom) return noRoom;
  let inDoubt = 0;
  for (let calls = 1; ; calls += 1) {
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
    if (outcome.outcome === 'ambiguous') inDoubt += 1;
    if (inDoubt >= CALLS_IN_DOUBT_AT_MOST)
      return failure('UnexpectedResponse', `${run.number}: ${decision.why}`);
    if (calls > CALLS_IN_DOUBT_AT_MOST) run.attention('api', decision.why);
    await run.wait(waitAfter(calls, decision.call), `leasing again, ${decision.why}`, () => run.isEnding());
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
  if (outcome.outcome !== 'refused') run.memory.leaseActsUntil = Date.now() + settleWindowMs;
  if (outcome.outcome === 'ambiguous') run.memory.leaseDoubtUntil = Date.now() + settleWindowMs;
  return outcome;
}

async function decide(run: LeaseRun, outcome: Outcome<FoundLease>): Promise<Decision> {
  if (outcome.outcome === 'confirmed') return { is: 'ours', lease: outcome.value };
  const { call } = outcome;
  const why = inWords(call);
  run.note(`lease call ${outcome.outcome}: ${why}`);
  if (outcome.outcome === 'refused' && (call.neverSent || call.status === 429))
    return { is: 'again', why, call };
  const seen = await readBack(run, call);
  if (!seen) return { is: 'refused', failure: explain(run, call) };
  const found = foundOurs(run, seen);
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

function readNumber(run: LeaseRun, summary = `read ${run.number}`) {
  return looks.readNumber.executeWithOptions({ summary }, [
    { number: run.number, account: run.memory.account, inDoubt: run.memory.leaseDoubtUntil > 0 },
  ]);
}

/**
 * A lease of this account that did not begin before our first call. A refusal does not speak against it: a request
 * that was delivered twice acts, and is refused.
 */
function foundOurs(
  run: LeaseRun,
  seen: NumberSeen,
  until = Number.POSITIVE_INFINITY,
): FoundLease | undefined {
  if (!('record' in seen)) return undefined;
  const { lease } = seen.record;
  if (lease?.status !== 'active' && lease?.status !== 'paused') return undefined;
  const { seenFreeAt, seenAt } = run.input.offer;
  const onVendorsClock = (at: number) => seenFreeAt + (at - seenAt);
  const firstCall = onVendorsClock(run.memory.firstCallAt);
  const start = lease.billing ? Date.parse(lease.billing.period.start) : firstCall;
  if (start < firstCall - START_GRAIN_MS) return undefined; // somebody's, by hand, from before
  if (start > onVendorsClock(until) + START_GRAIN_MS) return undefined; // somebody's, by hand, from after
  return { leaseId: lease.leaseId, billing: billingOf(seen.record), account: seen.account };
}

export function billingOf({ lease, pricing }: NumberRecord): OwnLease['billing'] {
  const billing = lease?.billing ?? {
    method: 'unknown',
    period: { start: new Date().toISOString(), end: null },
  };
  return { ...billing, ...(!billing.price && pricing && { price: pricing }) };
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

/** Nothing is sent, and nobody is told of the number, before the number itself shows our lease as active. */
async function verify(run: LeaseRun): Promise<Failure | undefined> {
  const until = Date.now() + run.input.terms.settleWindowMs;
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

/**
 * Waits until no lease call of ours can act any more and looks once more. True: it found a lease that nobody wants,
 * now in `memory.lease` for the next phase to give back.
 */
export async function outwaitLeaseDoubt(run: LeaseRun): Promise<boolean> {
  const { memory } = run;
  if (memory.leaseDoubtUntil === 0) return false;
  const left = memory.leaseDoubtUntil - Date.now();
  if (left > 0) await run.wait(left, 'a lease call that had no answer may still act');
  const seen = await untilAnswered(run, 'looking for a late lease', () => readNumber(run));
  const found = seen && foundOurs(run, seen.value, memory.leaseDoubtUntil);
  memory.leaseDoubtUntil = 0;
  if (!found) return false;
  memory.account = found.account;
  run.note(`a lease call acted late, as ${found.leaseId}`);
  const own = { ...found, knownAt: Date.now() };
  memory.lease ??= own;
  memory.stray = own;
  return true;
}

function notWanted(run: LeaseRun): Failure {
  return failure(
    'NumberUnavailable',
    `${run.number} was not leased: ${run.memory.ending?.reason ?? 'no longer wanted'}`,
  );
}
