import type { LeaseAccount } from '../domain/lease-input.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { Read, Unanswered } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { missingIsAnAnswer, type NumberSeen } from './read-number.js';
import { watched } from './release-watch.js';

export interface CheckRelease {
  number: PhoneNumber;
  leaseId: string;
  account: LeaseAccount;
  /** When the `DELETE` was answered, epoch milliseconds; 0 where none was. */
  askedAt: number;
  /** The first look after the `DELETE`: it cannot tell for how long the lease has been over. */
  isFirst: boolean;
  /** How late the run may be told that its lease is off the list, milliseconds; undefined: it does not ask to be told. */
  tellWithinMs?: number;
  /** A person vouches that the present key is of the lease's account. */
  vouched: boolean;
}

/**
 * `held`: the lease is still there; `watched`: the worker wakes the run when it is off the list. `released`: proven; `otherLease`: the account has the number by another lease now.
 * `missing`: the vendor knows no such number; said twice, at least 10 seconds apart, it is a proof.
 */
export type ReleaseVerdict =
  | { verdict: 'held'; account: LeaseAccount; watched?: true }
  | { verdict: 'released'; otherLease?: true }
  | { verdict: 'missing' };

/**
 * One look whether a lease is over: the shared list of what is leased first (one call for all releasing runs of this
 * worker), and only for a number that is no longer on it the proof, `GET /numbers/{n}`.
 */
export function checkReleaseActivity(shared: Shared) {
  const { api, snapshots, witness, releaseTimes, releaseWatch, now } = shared;

  async function stillListed({ number, leaseId, account }: CheckRelease): Promise<boolean> {
    const snapshot = await snapshots.read().catch(() => undefined); // a hint that is not to be had is no trouble
    const held = snapshot?.get(number) === leaseId;
    if (held) witness.vouch(account);
    return held;
  }

  return async (check: CheckRelease): Promise<Read<ReleaseVerdict>> => {
    const elsewhere = atOtherApi(api.account, check.account);
    if (elsewhere) return elsewhere;
    if (await stillListed(check)) {
      return {
        answered: true,
        value: { verdict: 'held', account: api.account, ...watched(releaseWatch, check) },
      };
    }
    const proof = api.lease.get(check.number, { pressing: true }); // or new terminations would keep it waiting
    const read = missingIsAnAnswer(
      await readOf(proof, (record): NumberSeen => ({ record, account: api.account })),
      api.account,
    );
    if (!read.answered) return read;
    const seen = await judge(shared, check, read.value);
    const isProven = seen.answered && seen.value.verdict === 'released';
    if (isProven) releaseWatch.forget(check.leaseId);
    if (isProven && check.askedAt > 0) releaseTimes.add((await now()) - check.askedAt, check.isFirst);
    return seen;
  };
}

/** An account that is not to be believed has answered nothing, so the run asks again and says why. */
async function judge(
  { api, witness }: Shared,
  check: CheckRelease,
  seen: NumberSeen,
): Promise<Read<ReleaseVerdict>> {
  if ('record' in seen && seen.record.lease?.leaseId === check.leaseId) {
    witness.vouch(check.account);
    const held = { verdict: 'held', account: api.account } as const;
    return { answered: true, value: isOver(seen.record) ? { verdict: 'released' } : held };
  }
  const why = check.vouched ? undefined : await witness.doubt(check.account);
  if (why) return notBelieved(check.number, why);
  if (!('record' in seen)) return { answered: true, value: { verdict: 'missing' } };
  const { lease } = seen.record;
  return {
    answered: true,
    value: { verdict: 'released', ...(lease && !isOver(seen.record) && { otherLease: true }) },
  };
}

function notBelieved(number: PhoneNumber, why: string): Unanswered {
  const call = { call: `GET /numbers/${number}`, message: why, byVendor: true, neverSent: false };
  return { answered: false, otherAccount: true, call };
}

/** Our lease is shown as ended and the number itself is no longer leased: both, or it still costs money. */
function isOver(record: NumberRecord): boolean {
  const ended = record.lease?.status === 'terminated' || record.lease?.status === 'expired';
  return ended && record.status !== 'leased';
}
