import type { LeaseConfirmed } from '../activities/lease-number.js';
import type { NumberSeen } from '../activities/read-number.js';
import type { LeaseCalls } from '../domain/lease-input.js';
import { isOpen, type Billing, type HeldLease, type NumberRecord } from '../domain/number-record.js';
import { isSurelyBefore, VENDOR_SKEW_MS } from '../domain/vendor-time.js';
import type { LeaseRun } from './lease-run.js';
import { readLag } from './read-lag.js';
import { reads } from './steps.js';
import { countSettled } from './telemetry.js';
import { untilAnswered } from './until-answered.js';

/** How often a disputed lease is read again while an operator's decision is missing. */
const DISPUTE_POLL_MS = 5 * 60_000;
/** Two "no such number" prove something only when they lie this far apart. */
export const MISSING_APART_MS = 10_000;
/** The read that settles is requested so soon after it can be, unless the API is away. */
const PROMPT_MS = 60_000;
/** Longer than a request and its activity can take. */
const LONGEST_CALL_MS = 15_000;

/** Whose open lease a read shows. `none`: no open lease of ours, nor one that may be ours. */
export type Holding = { is: 'ours' | 'disputed'; lease: LeaseConfirmed } | { is: 'none' };

/** A read that decides about a lease: "no lease" is unanswered unless the account is the right one. */
export function readNumber(run: LeaseRun, summary = `read ${run.number}`) {
  const { number, memory } = run;
  return reads.readNumber.executeWithOptions({ summary }, [
    {
      number,
      account: memory.account,
      ...(memory.lease && { leaseId: memory.lease.leaseId }),
      isDecisive: true,
      vouched: memory.accountVouched ?? false,
    },
  ]);
}

/**
 * What an open lease on this number is to this run.
 * @param promptMs the read was requested within so long after our lease calls could not act any more
 */
export function holdingOf(run: LeaseRun, seen: NumberSeen, promptMs = 0): Holding {
  const lease = 'record' in seen ? seen.record.lease : undefined;
  if (!lease || !isOpen(lease) || !('record' in seen)) return { is: 'none' };
  if (run.memory.notOurs?.includes(lease.leaseId)) return { is: 'none' };
  const found = { leaseId: lease.leaseId, billing: billingOf(seen.record), account: seen.account };
  return { is: isOurs(run, lease, promptMs) ? 'ours' : 'disputed', lease: found };
}

/**
 * Ours: known by its id; or the number was free in a read before our first lease call, and one of our calls may have made it
 * since. A start that is clearly before that read speaks against it. Nothing else decides: a lease that fits neither is
 * disputed, and an operator says whose it is.
 */
function isOurs(run: LeaseRun, { leaseId, billing }: HeldLease, promptMs: number): boolean {
  const { memory, input } = run;
  if (leaseId === memory.lease?.leaseId || memory.resolvedOurs?.includes(leaseId)) return true;
  const { calls } = memory;
  if (!calls?.freeBefore || !calls.mayHaveActed) return false;
  const start = billing && Date.parse(billing.period.start);
  if (start !== undefined && isBeforeFree(input.offer.freeAt, start)) return false;
  const mayBeLate = Date.now() < leaseDoubtUntil(run) + promptMs;
  return calls.unexplained || mayBeLate || (start !== undefined && isOfOurCalls(run, start));
}

/** Both instants are of the vendor's clock. */
function isBeforeFree(freeAt: number | undefined, start: number): boolean {
  return freeAt !== undefined && isSurelyBefore(start, freeAt) && freeAt - start > VENDOR_SKEW_MS;
}

/** It began when copies of the call that made our lease could still act; both starts are of the vendor's clock. */
function isOfOurCalls({ memory, input }: LeaseRun, start: number): boolean {
  if (!memory.lease) return false;
  const ours = Date.parse(memory.lease.billing.period.start);
  return isSurelyBefore(start, ours + LONGEST_CALL_MS + input.terms.settleWindowMs);
}

/**
 * From then on a read shows whatever our lease calls, and copies of them, have done: none can act any more.
 * Epoch milliseconds; 0 where there are none.
 */
export function leaseDoubtUntil({ memory, input }: LeaseRun): number {
  return memory.calls ? memory.calls.mayActUntil + readLag(input.terms) : 0;
}

export function billingOf({ lease, pricing }: NumberRecord): Billing {
  const billing = lease?.billing ?? {
    method: 'unknown',
    period: { start: new Date().toISOString(), end: null },
  };
  return { ...billing, ...(!billing.price && pricing && { price: pricing }) };
}

/** A lease call may act from now on: until its response, or as long as one may take, plus the settle window for copies. */
export function noteCall(run: LeaseRun, call: Partial<Pick<LeaseCalls, 'mayHaveActed' | 'unsettled'>>): void {
  const { memory, input } = run;
  const { mayHaveActed = false, unsettled } = call;
  memory.calls = {
    freeBefore: memory.calls?.freeBefore ?? true,
    mayHaveActed: mayHaveActed || (memory.calls?.mayHaveActed ?? false),
    unexplained: mayHaveActed || (memory.calls?.unexplained ?? false),
    mayActUntil: Date.now() + input.terms.settleWindowMs,
    ...(unsettled && { unsettled }),
  };
}

/** A call that this run does not know of may have acted, before or after a read that it does not know of. */
export function doubtLeaseCalls(run: LeaseRun, why: string): void {
  const { memory, input } = run;
  const call = { call: 'POST /numbers/lease', message: why, byVendor: false, neverSent: false };
  memory.calls = {
    freeBefore: false,
    mayHaveActed: true,
    unexplained: true,
    mayActUntil: Date.now() + LONGEST_CALL_MS + input.terms.settleWindowMs,
    unsettled: { call, isAmbiguous: true, at: Date.now() },
  };
}

export type SettledNow = { lease: LeaseConfirmed } | { lease?: undefined; seen: NumberSeen };

/**
 * *Now*: whether the number shows an open lease of ours, by a read that was requested after the response (after none:
 * `readLag` later). What cannot be read is read again, and a disputed lease waits for an operator.
 */
export async function settleNow(
  run: LeaseRun,
  { isAmbiguous, at }: NonNullable<LeaseCalls['unsettled']>,
): Promise<SettledNow> {
  const noFrom = at + (isAmbiguous ? readLag(run.input.terms) : 0);
  for (;;) {
    const requestedAt = Date.now();
    const { seen, holding } = await readHolding(run, 'reading what the lease call did');
    if (holding.is === 'ours') return { lease: holding.lease };
    if (holding.is === 'disputed') await outwaitDispute(run, holding.lease.leaseId);
    else if (requestedAt >= noFrom) return { seen };
    else await run.wait(noFrom - requestedAt, 'a read may lag behind the lease call');
    await run.continueAsNewIfNeeded();
  }
}

/**
 * *Ever*: waits until no lease call of ours, nor a copy of one, can act any more, and reads once more.
 * Gives the open lease of ours that it finds; undefined: there is none, and there will be none.
 */
export async function settleEver(run: LeaseRun): Promise<LeaseConfirmed | undefined> {
  const { memory } = run;
  let missingAt: number | undefined;
  while (memory.calls) {
    const left = leaseDoubtUntil(run) - Date.now();
    if (left > 0) await run.wait(left, 'a lease call, or a copy of it, may still act');
    const requestedAt = Date.now();
    const { seen, holding } = await readHolding(run, 'looking for a late lease', PROMPT_MS);
    if (holding.is === 'ours') return foundLate(run, holding.lease);
    if (holding.is === 'disputed') await outwaitDispute(run, holding.lease.leaseId);
    else if ('record' in seen || requestedAt - (missingAt ?? requestedAt) >= MISSING_APART_MS)
      delete memory.calls;
    else {
      missingAt ??= requestedAt;
      await run.wait(MISSING_APART_MS, 'the vendor must say twice that it knows no such number');
    }
    await run.continueAsNewIfNeeded();
  }
  return undefined;
}

function foundLate(run: LeaseRun, lease: LeaseConfirmed): LeaseConfirmed {
  run.note(`a lease call acted late, as ${lease.leaseId}`);
  countSettled('lease', 'acted_late');
  return lease;
}

/** None of our lease calls can act any more, and a read requested since shows what they did. */
export function areCallsOver(run: LeaseRun, requestedAt: number): boolean {
  return requestedAt >= leaseDoubtUntil(run);
}

async function readHolding(
  run: LeaseRun,
  what: string,
  promptMs = 0,
): Promise<{ seen: NumberSeen; holding: Holding }> {
  const read = await untilAnswered(run, what, () => readNumber(run));
  if (!read) throw new TypeError('a read of the number was given up');
  const holding = holdingOf(run, read.value, promptMs);
  if (holding.is !== 'disputed') endDispute(run);
  return { seen: read.value, holding };
}

/** Nobody but an operator can say whose it is. It stays owned until then: neither used nor deleted. */
export async function outwaitDispute(run: LeaseRun, leaseId: string): Promise<void> {
  const { memory, number } = run;
  memory.dispute = { leaseId };
  run.attention('disputed', `${number} shows lease ${leaseId}, and nothing proves whether it is ours`);
  const isResolved = () => memory.dispute?.leaseId !== leaseId;
  await run.wait(DISPUTE_POLL_MS, `waiting for \`leasehold resolve ${number}\``, isResolved);
}

function endDispute(run: LeaseRun): void {
  delete run.memory.dispute;
  run.calm('disputed');
}
