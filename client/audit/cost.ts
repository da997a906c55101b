import { monthsBegun } from '../../domain/billing-months.js';
import type { Pricing } from '../../domain/number-record.js';
import type { AuditedCost, CostPart } from './record.js';

/** A lease as the vendor made it. */
export interface BilledLease {
  leaseId: string;
  /** Epoch milliseconds. */
  start: number;
  price?: Pricing;
}

/** Upfront fee, and each month that had begun by `end`: what a lease costs where months are paid in advance. */
export function costOf(leases: BilledLease[], end: number): AuditedCost {
  const parts = leases.flatMap((lease) => partsOf(lease, end));
  const currencies = new Set(leases.map(({ price }) => price?.currency));
  const [currency] = currencies;
  if (currencies.size > 1 || (leases.length > 0 && currency === undefined)) {
    return { currency: null, total: null, parts };
  }
  return { currency: currency ?? null, total: sum(parts), parts };
}

/** What one month more costs, and the fee at once where the lease is new. */
function partsOf({ leaseId, start, price }: BilledLease, end: number): CostPart[] {
  const part = (what: CostPart['what'], at: number, amount: number | undefined): CostPart => ({
    leaseId,
    what,
    at: new Date(at).toISOString(),
    amount: amount ?? null,
  });
  const months = monthsBegun(start, end).map((at) => part('month', at, price?.monthlyRate));
  return [part('upfront', start, price?.upfrontFee), ...months];
}

/** In whole cents: sums of decimals drift. */
export function sum(parts: Pick<CostPart, 'amount'>[]): number {
  return parts.reduce((cents, { amount }) => cents + Math.round((amount ?? 0) * 100), 0) / 100;
}
