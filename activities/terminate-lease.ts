import type { LeaseAccount } from '../domain/lease-input.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { CallFacts, Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { outcomeOf, readOf } from './answers.js';
import type { Shared } from './deps.js';
import { watched } from './release-watch.js';

export interface TerminateLease {
  number: PhoneNumber;
  leaseId: string;
  /** When the lease began, as the vendor gave it: ISO 8601. */
  begun?: string;
  account: LeaseAccount;
  /** As of a look: how late the run may be told that its lease is off the list, milliseconds. */
  tellWithinMs?: number;
}

export type Terminated = Outcome<{ leaseId: string; account: LeaseAccount }> & {
  /** How long recent terminations took, in milliseconds; absent on a worker that has seen none. */
  typicalMs?: number;
  /** The worker wakes the run where its lease is off the list long before its first look, which is as far away as that. */
  watched?: true;
};

/** With a call's own limit of 10 seconds and its turn of 2, what is sent later may outlive the activity. */
const TOO_LATE_MS = 3_000;

/**
 * `DELETE /numbers/leased/{n}`, one attempt. It names a number and not a lease, and cannot be undone, so it is not
 * sent where the number shows a later lease than ours: somebody's, by hand. Nor to another API than leased the number.
 */
export function terminateLeaseActivity({ api, witness, releaseTimes, releaseWatch, now }: Shared) {
  return async (terminate: TerminateLease): Promise<Terminated> => {
    const { number, leaseId, begun, account } = terminate;
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    const startedAt = performance.now();
    const read = api.lease.get(number, { turns: 2 }); // its own, and that of the DELETE
    const seen = await readOf(read, (record) => isLaterLease(record, leaseId, begun));
    if (seen.answered && seen.value) return { outcome: 'refused', call: notOurs(number) };
    if (!seen.answered && seen.call.heldBack) return { outcome: 'refused', call: waits(number, seen.call) };
    if (performance.now() - startedAt > TOO_LATE_MS) return { outcome: 'refused', call: tooLate(number) };
    // A vendor that did not answer may be one that turns calls away: then the turn is taken anew.
    const deleted = api.lease.terminate(number, { turns: seen.answered ? 0 : 1 });
    const outcome = await outcomeOf(deleted, (data) => ({ leaseId: data.leaseId, account: api.account }));
    if (outcome.outcome === 'confirmed' && outcome.value.leaseId === leaseId) witness.vouch(account);
    const typicalMs = releaseTimes.typical();
    if (typicalMs === undefined || outcome.outcome !== 'confirmed') return outcome;
    return { ...outcome, typicalMs, ...watched(releaseWatch, terminate, (await now()) + typicalMs) };
  };
}

/** A read may be a moment old, so only a lease that began after ours has surely taken its place. */
function isLaterLease({ lease }: NumberRecord, leaseId: string, begun?: string): boolean {
  if (!lease?.billing || begun === undefined || lease.leaseId === leaseId) return false;
  return Date.parse(lease.billing.period.start) > Date.parse(begun);
}

/** The turn that did not come was for both calls. */
function waits(number: PhoneNumber, call: CallFacts): CallFacts {
  return { ...call, call: deleteOf(number) };
}

function tooLate(number: PhoneNumber): CallFacts {
  const message = 'reading the number first took too long';
  return { call: deleteOf(number), message, byVendor: false, neverSent: true };
}

function notOurs(number: PhoneNumber): CallFacts {
  const message = 'the number shows a later lease than ours, which stays';
  return { call: deleteOf(number), message, byVendor: false, neverSent: true };
}

function deleteOf(number: PhoneNumber): string {
  return `DELETE /numbers/leased/${number}`;
}
