import type { LeaseAccount } from '../domain/lease-input.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { missingIsAnAnswer, type NumberSeen } from './read-number.js';

export interface CheckRelease {
  number: PhoneNumber;
  leaseId: string;
  account: LeaseAccount;
  /** When the `DELETE` was answered, epoch milliseconds; 0 where none was. */
  askedAt: number;
  /** A person vouches that the present key is of the lease's account. */
  vouched: boolean;
}

/**
 * `held`: the lease is still there. `released`: proven. `missing`: the vendor knows no such number; said twice, at
 * least 10 seconds apart, it is a proof. `unproven`: the lease is not shown, but not by an account to be believed.
 */
export type ReleaseVerdict =
  | { verdict: 'held'; account: LeaseAccount }
  | { verdict: 'released' | 'missing' }
  | { verdict: 'unproven'; why: string };

/**
 * One look whether a lease is over: the shared list of what is leased first (one call for all releasing runs of this
 * worker), and only for a number that is no longer on it the proof, `GET /numbers/{n}`.
 */
export function checkReleaseActivity(shared: Shared) {
  const { api, snapshots, witness, releaseTimes, now } = shared;

  async function stillListed({ number, leaseId, account }: CheckRelease): Promise<boolean> {
    const snapshot = await snapshots.read().catch(() => undefined); // a hint that is not to be had is no trouble
    const held = snapshot?.get(number) === leaseId;
    if (held) witness.vouch(account);
    return held;
  }

  return async (check: CheckRelease): Promise<Read<ReleaseVerdict>> => {
    const elsewhere = atOtherApi(api.account, check.account);
    if (elsewhere) return elsewhere;
    if (await stillListed(check)) return { answered: true, value: { verdict: 'held', account: api.account } };
    const read = missingIsAnAnswer(
      await readOf(api.lease.get(check.number), (record): NumberSeen => ({ record })),
    );
    if (!read.answered) return read;
    const verdict = await judge(shared, check, read.value);
    if (verdict.verdict === 'released' && check.askedAt > 0) releaseTimes.add((await now()) - check.askedAt);
    return { answered: true, value: verdict };
  };
}

async function judge(
  { api, witness }: Shared,
  check: CheckRelease,
  seen: NumberSeen,
): Promise<ReleaseVerdict> {
  if ('record' in seen && seen.record.lease?.leaseId === check.leaseId) {
    witness.vouch(check.account);
    return isOver(seen.record) ? { verdict: 'released' } : { verdict: 'held', account: api.account };
  }
  const why = check.vouched ? undefined : await witness.doubt(check.account);
  if (why) return { verdict: 'unproven', why };
  return { verdict: 'record' in seen ? 'released' : 'missing' };
}

/** Our lease is shown as ended and the number itself is no longer leased: both, or it still costs money. */
function isOver(record: NumberRecord): boolean {
  const ended = record.lease?.status === 'terminated' || record.lease?.status === 'expired';
  return ended && record.status !== 'leased';
}
