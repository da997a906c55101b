import type { LeaseAccount } from '../domain/lease-input.js';
import type { CallFacts, Outcome, Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { MAX_FIRST_REQUEST_MS, outcomeOf } from './answers.js';
import type { Shared } from './deps.js';
import { readNumber, showsLease, type NumberSeen, type ReadNumber } from './read-number.js';
import { watched } from './release-watch.js';

export interface TerminateLease extends ReadNumber {
  leaseId: string;
  /** As of a look: how late the run may be told that its lease is off the list, milliseconds. */
  tellWithinMs?: number;
}

/** What became of a `DELETE`; `seen`: none was sent, because the number does not show our lease. */
export type Terminated = (Outcome<{ leaseId: string; account: LeaseAccount }> & Hints) | { seen: NumberSeen };

interface Hints {
  /** How long recent terminations took, in milliseconds; absent on a worker that has seen none. */
  typicalMs?: number;
  /** The worker wakes the run where its lease is off the list long before its first look, which is as far away as that. */
  watched?: true;
}

/**
 * `DELETE /numbers/leased/{n}`, one attempt. It names a number and not a lease, and cannot be undone, so it is sent only
 * after a read in this very activity showed our lease. Unanswered: that read was, and nothing was sent.
 */
export function terminateLeaseActivity(shared: Shared) {
  const { api, witness, releaseTimes, releaseWatch, now } = shared;
  return async (terminate: TerminateLease): Promise<Read<Terminated>> => {
    const { number, leaseId, account } = terminate;
    const startedAt = performance.now();
    const seen = await readNumber(shared, terminate, { turns: 2 }); // its own permit, and that of the DELETE
    if (!seen.answered) return seen;
    if (!showsLease(seen.value, leaseId)) return { answered: true, value: { seen: seen.value } };
    if (performance.now() - startedAt > MAX_FIRST_REQUEST_MS)
      return { answered: false, call: tooLate(number) };
    const deleted = api.lease.terminate(number, { turns: 0 });
    const outcome = await outcomeOf(deleted, (data) => ({ leaseId: data.leaseId, account: api.account }));
    if (outcome.outcome === 'confirmed' && outcome.value.leaseId === leaseId) witness.vouch(account);
    const typicalMs = releaseTimes.typical();
    if (typicalMs === undefined || outcome.outcome !== 'confirmed') return { answered: true, value: outcome };
    const hints = { typicalMs, ...watched(releaseWatch, terminate, (await now()) + typicalMs) };
    return { answered: true, value: { ...outcome, ...hints } };
  };
}

function tooLate(number: PhoneNumber): CallFacts {
  const message = 'reading the number first took too long';
  return { call: `DELETE /numbers/leased/${number}`, message, byVendor: false, neverSent: true };
}
