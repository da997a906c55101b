import type { LeaseAccount } from '../domain/lease-input.js';
import { isOpen, type HeldLease, type NumberRecord } from '../domain/number-record.js';
import type { CallFacts, Read, Unanswered } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Turns } from '../contiguity/index.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';

export interface ReadNumber {
  number: PhoneNumber;
  /** The account that the number is, or may be, leased with. */
  account: LeaseAccount;
  /** Our lease, where it is known. */
  leaseId?: string | undefined;
  /** "No lease" decides about a lease of ours: it counts only from an account that is known to be the lease's own. */
  isDecisive?: boolean;
  /** An operator vouches that the present key belongs to the lease's account. */
  vouched?: boolean;
}

/**
 * What a read shows of a number. `missing`: the vendor knows no such number, in its own envelope, and its list of leased
 * numbers, read after that, does not have it either.
 */
export type NumberSeen = ({ record: NumberRecord } | { missing: true }) & { account: LeaseAccount };

/** The open lease of the account that a read shows, under any id. */
export function openLeaseIn(seen: NumberSeen): HeldLease | undefined {
  const lease = 'record' in seen ? seen.record.lease : undefined;
  return lease && isOpen(lease) ? lease : undefined;
}

/**
 * Whether a read shows that this lease is still there: open, or over by its own status while the number is not free, so
 * that it may still cost money.
 */
export function showsLease(seen: NumberSeen, leaseId: string): boolean {
  if (!('record' in seen) || seen.record.lease?.leaseId !== leaseId) return false;
  return isOpen(seen.record.lease) || seen.record.status === 'leased';
}

/** `GET /numbers/{n}`: the one read that ownership is decided by. */
export function readNumberActivity(shared: Shared) {
  return (read: ReadNumber): Promise<Read<NumberSeen>> => readNumber(shared, read);
}

/** Every read that decides about a lease goes through here, so that "no" means the same everywhere. */
export async function readNumber(
  shared: Shared,
  { number, account, leaseId, isDecisive = false, vouched = false }: ReadNumber,
  turns?: Turns,
): Promise<Read<NumberSeen>> {
  const { api, witness } = shared;
  const elsewhere = atOtherApi(api.account, account);
  if (elsewhere) return elsewhere;
  const read = await readOf(api.lease.get(number, turns), (record): NumberSeen => ({
    record,
    account: api.account,
  }));
  const seen = isVendor404(read) ? await missing(shared, number, read.call) : read;
  if (!seen.answered || !isDecisive) return seen;
  const lease = 'record' in seen.value ? seen.value.record.lease : undefined;
  if (lease && lease.leaseId === leaseId) witness.vouch(account);
  if (lease && (isOpen(lease) || lease.leaseId === leaseId)) return seen;
  const why = vouched ? undefined : await witness.doubt(account);
  return why === undefined ? seen : unanswered(number, why, { otherAccount: true });
}

function isVendor404(read: Read<unknown>): read is Unanswered {
  return !read.answered && read.call.status === 404 && read.call.byVendor;
}

/**
 * A 404 is a "no" only together with a list of leased numbers that can be read. That list answers 404 itself where it is
 * empty, which counts only if the key can read the inventory.
 */
async function missing({ api }: Shared, number: PhoneNumber, call: CallFacts): Promise<Read<NumberSeen>> {
  const leased = await api.lease.leased().catch(() => undefined);
  if (!leased)
    return unanswered(number, 'no such number, and the list of leased numbers cannot be read', call);
  if (leased.data.some((record) => record.number === number))
    return unanswered(number, 'no such number, but the list of leased numbers has it', call);
  if (leased.notFound) {
    const inventory = await api.lease.available().catch(() => undefined);
    if (!inventory || inventory.notFound)
      return unanswered(number, 'no such number, and neither list can be read with this key', call);
  }
  return { answered: true, value: { missing: true, account: api.account } };
}

function unanswered(
  number: PhoneNumber,
  message: string,
  facts: Partial<CallFacts> & { otherAccount?: true },
): Unanswered {
  const { otherAccount, ...call } = facts;
  return {
    answered: false,
    ...(otherAccount && { otherAccount }),
    call: { call: `GET /numbers/${number}`, byVendor: true, neverSent: false, ...call, message },
  };
}
