const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
const DAY_MS = 96 * QUARTER_HOUR_MS;

/**
 * How far an instant may be from the real one, because of the grain that it was written in: milliseconds, seconds, minutes
 * or days. The start of a day in any time zone is a whole quarter of an hour. An exact instant that happens to be a whole
 * one counts as coarse, which only makes it prove less.
 * @param at epoch milliseconds
 */
function grainOf(at: number): number {
  if (at % QUARTER_HOUR_MS === 0) return DAY_MS;
  if (at % MINUTE_MS === 0) return MINUTE_MS;
  return at % SECOND_MS === 0 ? SECOND_MS : 1;
}

/** Whether one instant is surely before another. Both must be of the vendor's clock. */
export function isSurelyBefore(earlier: number, later: number): boolean {
  const [grain, other] = [grainOf(earlier), grainOf(later)];
  return earlier + (grain === other ? 0 : grain + other) < later;
}
