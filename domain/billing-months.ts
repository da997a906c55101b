/** Months as the vendor bills them: from the day a lease began to the same day of each month after it. */

/** Calendar months of UTC; where the month has no such day, its last one. */
function plusMonths(start: number, months: number): number {
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
