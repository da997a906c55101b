import { plusMonths } from './billing-months.js';
import type { Billing } from './number-record.js';

/**
 * So long before the end of a billing period its number goes back: the vendor's clock may be minutes off, a `DELETE`
 * may have to be repeated, and a month that has begun is charged whole.
 */
export const PERIOD_END_MARGIN_MS = 3_600_000;

/**
 * The first deadline after `after` that is in time for the end of a billing period, epoch milliseconds.
 * The vendor names no end for a lease by the month: the assumption is whole calendar months, in UTC, from its start.
 * @param leadMs what lies between the deadline and the `DELETE`: the lease's grace period
 */
export function nextPeriodDeadline(period: Billing['period'], leadMs: number, after: number): number {
  const lead = PERIOD_END_MARGIN_MS + leadMs;
  const named = period.end === null ? Number.NaN : Date.parse(period.end);
  if (named - lead > after) return named - lead;
  const start = Date.parse(period.start);
  for (let months = 1; ; months += 1) {
    const deadline = plusMonths(start, months) - lead;
    if (!(deadline <= after)) return deadline;
  }
}
