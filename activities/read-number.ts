import type { LeaseAccount } from '../domain/lease-input.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';

export interface ReadNumber {
  number: PhoneNumber;
  /** With whom it was leased; absent before the first lease call was answered. */
  account?: LeaseAccount;
  /** A lease call is in doubt: "not ours" is only believed from the key that made it. */
  inDoubt?: boolean;
}

/** What a read tells of a number; `missing`: the vendor, in its own envelope, knows no such number. */
export type NumberSeen = ({ record: NumberRecord } | { missing: true }) & { account: LeaseAccount };

/** `GET /numbers/{n}`: settles what became of a call, and verifies a lease. */
export function readNumberActivity({ api }: Shared) {
  return async ({ number, account, inDoubt }: ReadNumber): Promise<Read<NumberSeen>> => {
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return elsewhere;
    const read = await readOf(api.lease.get(number), (record): NumberSeen => ({
      record,
      account: api.account,
    }));
    const seen = missingIsAnAnswer(read, api.account);
    return inDoubt === true && account ? fromTheKeyOf(account, seen) : seen;
  };
}

/** A 404 counts only in the vendor's envelope: any box in between can say 404. */
export function missingIsAnAnswer(read: Read<NumberSeen>, account: LeaseAccount): Read<NumberSeen> {
  if (read.answered || read.call.status !== 404 || !read.call.byVendor) return read;
  return { answered: true, value: { missing: true, account } };
}

/** Another key that shows no lease of ours may be another account's: it settles nothing. */
function fromTheKeyOf(account: LeaseAccount, read: Read<NumberSeen>): Read<NumberSeen> {
  if (!read.answered || read.value.account.keyFingerprint === account.keyFingerprint) return read;
  if ('record' in read.value && read.value.record.lease) return read;
  const message = 'the API key changed while a lease call was in doubt, and shows no lease of ours';
  const call = { call: 'GET /numbers/{number}', message, byVendor: false, neverSent: false };
  return { answered: false, otherAccount: true, call };
}
