const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
const DAY_MS = 96 * QUARTER_HOUR_MS;
/** What the clocks of the vendor's own machines may differ by. */
export const VENDOR_SKEW_MS = 3 * SECOND_MS;

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

/**
 * Whether one instant is surely before another. Both must be of the vendor's clock; each may be rounded in its own way.
 * @param byMs by more than so much
 */
export function isSurelyBefore(earlier: number, later: number, byMs = 0): boolean {
  const [grain, other] = [grainOf(earlier), grainOf(later)];
  return earlier + byMs + (grain === 1 && other === 1 ? 0 : grain + other) < later;
}

/** The same for two values of one field, which are rounded in the same way where their grain is the same. */
export function isSurelyBeforeInField(earlier: number, later: number): boolean {
  return grainOf(earlier) === grainOf(later) ? earlier < later : isSurelyBefore(earlier, later);
}
