import type { Read } from '../domain/outcome.js';
import type { Shared } from './deps.js';
import { openLeaseIn, readNumber, type NumberSeen, type ReadNumber } from './read-number.js';
import { watched } from './release-watch.js';

export interface CheckRelease extends ReadNumber {
  /** Our lease. */
  leaseId: string;
  /** Since the first `DELETE` that was confirmed, milliseconds by Temporal's clock; absent where none was. */
  sinceMs?: number;
  /** The first look after the `DELETE`: it cannot tell for how long the lease has been over. */
  isFirst: boolean;
  /** How late the run may be told that its lease is off the list, milliseconds; undefined: it does not ask to be told. */
  tellWithinMs?: number;
}

/** `listed`: the list of leased numbers still shows the lease; `watched`: the worker wakes the run when it is off it. */
export type ReleaseSeen = { listed: true; watched?: true } | NumberSeen;

/**
 * One look whether a lease is over: the shared list of leased numbers first (one request for all releasing runs of this
 * worker), and only for a number that is off it the number itself. The list is a hint that it is still held, never a proof
 * that it is not.
 */
export function checkReleaseActivity(shared: Shared) {
  const { snapshots, witness, releaseTimes, releaseWatch } = shared;

  async function isListed({ number, leaseId, account }: CheckRelease): Promise<boolean> {
    const snapshot = await snapshots.read().catch(() => undefined); // a hint that cannot be had changes nothing
    const held = snapshot?.get(number) === leaseId;
    if (held) witness.vouch(account);
    return held;
  }

  return async (check: CheckRelease): Promise<Read<ReleaseSeen>> => {
    if (shared.api.account.baseUrl === check.account.baseUrl && (await isListed(check)))
      return { answered: true, value: { listed: true, ...watched(releaseWatch, check) } };
    const seen = await readNumber(shared, check, { pressing: true }); // new terminations must not keep it waiting
    if (!seen.answered || openLeaseIn(seen.value)) return seen;
    releaseWatch.forget(check.leaseId);
    if (check.sinceMs !== undefined) releaseTimes.add(check.sinceMs, check.isFirst);
    return seen;
  };
}
