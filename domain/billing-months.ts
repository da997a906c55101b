/** Months as the vendor bills them: from the day a lease began to the same day of each month after it. */
import type { Billing } from './number-record.js';

/** Calendar months of UTC, always from the first one's day; where the month has no such day, its last one. */
export function plusMonths(start: number, months: number): number {
  const date = new Date(start);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime();
}

/** When each month began that had begun before `end`. A lease that began has begun its first month. */
export function monthsBegun(start: number, end: number): number[] {
  const months = [start];
  for (let at = plusMonths(start, 1); at < end; at = plusMonths(start, months.length)) months.push(at);
  return months;
}

/** The month that is paid at an instant, epoch milliseconds; up to the end that the vendor names, where it names one. */
export function monthAt({ start, end }: Billing['period'], at: number): { from: number; until: number } {
  const begun = monthsBegun(Date.parse(start), at);
  const from = begun.at(-1) ?? at;
  const named = end === null ? Number.NaN : Date.parse(end);
  const next = plusMonths(Date.parse(start), begun.length);
  return { from, until: named > at ? Math.min(named, next) : next };
}
