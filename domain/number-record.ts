import type { PhoneNumber } from './phone-number.js';

export const CHANNELS = ['sms', 'mms', 'rcs', 'imessage', 'whatsapp'] as const;
export const CURRENCIES = ['USD', 'EUR', 'GBP', 'CAD', 'AUD'] as const;
export const BILLING_METHODS = ['monthly', 'service_contract'] as const;
export type BillingMethod = (typeof BILLING_METHODS)[number];

/** Amounts in whole units of the currency: 2.99 is two dollars and ninety-nine cents. */
export interface Pricing {
  currency: string;
  upfrontFee: number;
  monthlyRate: number;
}

/** How a lease is paid. The price is there where the vendor's answer names it (the answer to the lease call does). */
export interface Billing {
  method: string;
  price?: Pricing;
  /** ISO 8601 instants; `end` is null for a month-to-month lease. */
  period: { start: string; end: string | null };
}

/**
 * A number as the vendor's API describes it, in our words and units.
 * Statuses, carriers, channels and requirements stay plain strings: the vendor adds to them without notice.
 */
export interface NumberRecord {
  number: PhoneNumber;
  /** `available`, `g-available`, `leased`, `unavailable` or one that we don't know yet. */
  status: string;
  location: { country: string; region: string; city: string };
  carrier: string;
  intlSms: boolean;
  channels: string[];
  /** 0 to 1; the vendor calls more than 0.80 fine for everything. */
  reputation: number;
  previousOwners: number;
  /** Entitlements that an account needs before it can lease this number. */
  requirements: string[];
  /** Absent where the vendor names none. */
  pricing?: Pricing;
  /** Present only where the account of the key leases this number. */
  lease?: HeldLease;
}

/** The account's own lease on a number, as a number's record or the leased list shows it. */
export interface HeldLease {
  leaseId: string;
  /** `active`, `pending`, `paused`, `expired`, `terminated`, `unknown` where the vendor gives none, or a new word. */
  status: string;
  /** The status is a word that means over. Every other status, known or not, is an open lease. */
  isOver?: true;
  billing?: Billing;
}

/** A number that can be leased now, as far as its status tells. */
export function isLeasable(record: NumberRecord): boolean {
  return record.status === 'available' || record.status === 'g-available';
}

/** Words that mean that a lease is over; `LEASEHOLD_OVER_STATUSES` adds to them. */
export const OVER_STATUSES: readonly string[] = ['expired', 'terminated'];

/** A lease that the account still pays for: the vendor may show one that is over for a while. */
export function isOpen({ isOver }: HeldLease): boolean {
  return isOver !== true;
}
