import type { NumberSeen } from '../activities/read-number.js';
import type { LeaseAccount, OwnLease, VendorLease } from '../domain/lease-input.js';
import type { NumberRecord } from '../domain/number-record.js';
import { freeBudgetEarly } from './budget.js';
import type { LeaseRun } from './lease-run.js';
import { readsLag } from './reads-lag.js';
import { reads } from './steps.js';
import { countSettled } from './telemetry.js';
import { untilAnswered } from './until-answered.js';

/** The vendor gives the start of a lease in whole seconds. */
const START_GRAIN_MS = 2_000;

/** A lease of ours, and with which account it was made. */
export type FoundLease = VendorLease & { account: LeaseAccount };

export function readNumber(run: LeaseRun, summary = `read ${run.number}`) {
  return reads.readNumber.executeWithOptions({ summary }, [
    { number: run.number, account: run.memory.account, inDoubt: run.memory.leaseDoubtUntil > 0 },
  ]);
}

/**
 * A lease of this account that did not begin before our first call. A refusal does not speak against it: a request
 * that was delivered twice acts, and is refused.
 */
export function foundOurs(
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

/** The room in the limits goes to the next candidate, but not while a call for this one may still make a lease. */
export async function keepRoomWhileInDoubt(run: LeaseRun): Promise<void> {
  expectCopies(run);
  if (!(await outwaitLeaseDoubt(run))) await freeBudgetEarly(run);
}

/**
 * A box on the way may deliver a call twice. While the number was leased a copy was refused; from its release on, which
 * may have been long before its proof, it would lease again.
 */
export function expectCopies({ memory }: LeaseRun): void {
  const { leaseActsUntil = 0 } = memory;
  memory.leaseDoubtUntil = Math.max(memory.leaseDoubtUntil, leaseActsUntil);
}

/**
 * Waits until no lease call of ours can act any more, nor a read show how things were before it did, and looks once
 * more. True: it found a lease that nobody wants, now in `memory.lease` for the next phase to give back.
 */
export async function outwaitLeaseDoubt(run: LeaseRun): Promise<boolean> {
  const { memory } = run;
  if (memory.leaseDoubtUntil === 0) return false;
  const until = Math.max(memory.leaseDoubtUntil, memory.leaseActsUntil ?? 0);
  const left = until + readsLag(run.input.terms) - Date.now();
  if (left > 0) await run.wait(left, 'a lease call that had no answer may still act');
  const seen = await untilAnswered(run, 'looking for a late lease', () => readNumber(run));
  const found = seen && foundOurs(run, seen.value, until);
  memory.leaseDoubtUntil = 0;
  delete memory.leaseActsUntil;
  if (!found) return false;
  memory.account = found.account;
  run.note(`a lease call acted late, as ${found.leaseId}`);
  countSettled('lease', 'acted_late');
  const own = { ...found, knownAt: Date.now() };
  memory.lease ??= own;
  memory.stray = own;
  return true;
}
