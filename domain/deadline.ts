import { INSTANT_HINT, parseDuration, parseInstant } from './duration.js';

/** `until`: shortly before the vendor begins to charge another month. */
export const PERIOD_END = 'billing-period-end';

/** From now, 100 years: a timer's longest wait on the server is 292; nobody leases a number for that long. */
export const FURTHEST_END_MS = 100 * 365.25 * 24 * 3_600_000;

/**
 * An end as callers word it: an instant, a wall-clock time in a zone, or the end of the billing period. What instant
 * a wall-clock time is depends on the zone's rules, which change now and then: nothing in here knows them, so workflows
 * may import it. `zoned-time.ts` does.
 */
export type Deadline = { at: number } | { zoned: string } | { periodEnd: true };

export const UNTIL_HINT =
  `${INSTANT_HINT}, a wall-clock time in a zone, such as "2027-03-28T02:30[Europe/Berlin]", ` +
  `or "${PERIOD_END}"`;

const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2})?\[[A-Za-z][\w+/-]{0,63}\]$/;

/** Undefined where the value is none of the three; whether its zone is known is not looked at. */
export function parseUntil(value: unknown): Deadline | undefined {
  if (value === PERIOD_END) return { periodEnd: true };
  if (typeof value === 'string' && ZONED.test(value)) return { zoned: value };
  const at = parseInstant(value);
  return at === undefined ? undefined : { at };
}

const NO_GRACE = 'none';
export const GRACE_HINT = `a positive duration such as "1h", or "${NO_GRACE}"`;

/** Milliseconds between a termination and its `DELETE`; 0 for none. */
export function parseGrace(value: unknown): number | undefined {
  return value === NO_GRACE ? 0 : parseDuration(value);
}
