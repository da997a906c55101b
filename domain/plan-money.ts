/** What a planned act costs, and what is lost by it: pure, so that workflows and activities may tell it. */
import { nextPeriodDeadline } from './billing-period.js';
import { monthAt, monthsBegun } from './billing-months.js';
import type { LeaseTerms } from './lease-input.js';
import type { Billing, Pricing } from './number-record.js';
import type { ExtendPlan, PaidMonth, PlannedCost, PlannedRoom, TerminatePlan } from './plans.js';
import type { ScopeFigures } from './spending.js';
import { exact } from './spending-totals.js';

const cents = (amount: number): number => Math.round(amount * 100) / 100;
const iso = (at: number): string => new Date(at).toISOString();

/** The deadline of a lease that would be made, or adopted, now, epoch milliseconds; undefined: until told. */
export function plannedDeadline(
  terms: LeaseTerms,
  now: number,
  period: Billing['period'] = { start: iso(now), end: null },
): number | undefined {
  const { until, untilPeriodEnd, termMs, graceMs = 0 } = terms;
  if (untilPeriodEnd) return nextPeriodDeadline(period, graceMs, now);
  return until ?? (termMs === undefined ? undefined : now + termMs);
}

/** @param deadline undefined: no end is known, as for a lease that renews itself */
export function plannedCost(
  price: Pricing,
  now: number,
  deadline: number | undefined,
  graceMs = 0,
): PlannedCost {
  const { currency, upfrontFee, monthlyRate } = price;
  const months = deadline === undefined ? 0 : monthsBegun(now, deadline + graceMs).length;
  return {
    currency,
    now: cents(upfrontFee + monthlyRate),
    upfrontFee,
    monthlyRate,
    ...(deadline !== undefined && {
      untilEnd: { months, total: cents(upfrontFee + months * monthlyRate) },
    }),
  };
}

/** @param price of the lease that would be made; absent: none would be */
export function plannedRoom(now: ScopeFigures, price: Pricing | undefined, leases: 0 | 1): PlannedRoom {
  const { currency = '', maxLeases, maxMonthly, maxUpfront } = now;
  const { monthlyRate = 0, upfrontFee = 0 } = leases === 1 && price?.currency === currency ? price : {};
  const left = {
    ...(maxLeases !== undefined && { leases: maxLeases - now.leases - leases }),
    ...(maxMonthly !== undefined && {
      monthly: exact(maxMonthly - (now.monthly[currency] ?? 0) - monthlyRate),
    }),
    ...(maxUpfront && { upfront: exact(maxUpfront.amount - (now.upfront ?? 0) - upfrontFee) }),
  };
  return { now, left };
}

/** The month that is paid now; undefined where the price is not known. */
export function paidMonth({ price, period }: Billing, now: number): PaidMonth | undefined {
  if (!price) return undefined;
  const { from, until } = monthAt(period, now);
  return { currency: price.currency, from: iso(from), until: iso(until), amount: price.monthlyRate };
}

/** What is lost where the `DELETE` goes at `releasesAt`, and what is paid until then. */
export function costOfTermination(
  billing: Billing,
  now: number,
  releasesAt: number,
): Pick<TerminatePlan, 'paid' | 'lost' | 'further'> {
  const { price, period } = billing;
  const paid = paidMonth(billing, now);
  if (!price || !paid) return {};
  const start = Date.parse(period.start);
  const months = monthsBegun(start, releasesAt).length - monthsBegun(start, now).length;
  const { from, until } = monthAt(period, releasesAt);
  const left = Math.max(0, until - releasesAt) / (until - from);
  return {
    paid,
    lost: cents(price.monthlyRate * left),
    ...(months > 0 && { further: { months, amount: cents(months * price.monthlyRate) } }),
  };
}

/** Between two ends of a lease, each with its grace period. Until told counts as until now. */
export function costOfExtension(
  { price, period }: Billing,
  from: number,
  to: number,
): Pick<ExtendPlan, 'cost'> {
  if (!price) return {};
  const start = Date.parse(period.start);
  const months = monthsBegun(start, to).length - monthsBegun(start, from).length;
  return { cost: { currency: price.currency, months, amount: cents(months * price.monthlyRate) } };
}
