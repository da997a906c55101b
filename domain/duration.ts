import ms from 'ms';

/** A span of time as people write it, in the words of the `ms` package: `"90s"`, `"15m"`, `"30 days"`. */
export type Duration = string;

export const DURATION_HINT = 'a positive duration such as "90s", "15m" or "30 days"';

/** Longest duration that is taken, in milliseconds (100 years): beyond it a date could not be written. */
const LONGEST_MS = 100 * 365.25 * 24 * 3_600_000;

/** Milliseconds of a positive duration, or undefined where the text is not one. A bare number has no unit and is not taken. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 50 || !/[a-z]/i.test(value)) return undefined;
  const parsed: unknown = ms(value as ms.StringValue);
  if (typeof parsed !== 'number' || !Number.isFinite(parsed)) return undefined;
  const whole = Math.round(parsed);
  return whole > 0 && whole <= LONGEST_MS ? whole : undefined;
}

/** A duration for people: `"4m"`, `"12s"`, `"3d"`. */
export function formatDuration(milliseconds: number): string {
  return ms(Math.max(0, Math.round(milliseconds)));
}

/** Epoch milliseconds of an ISO 8601 instant that names its zone, or undefined where the text is not one. */
export function parseInstant(value: unknown): number | undefined {
  const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
  if (typeof value !== 'string' || !ISO.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

export const INSTANT_HINT = 'an ISO 8601 instant with its zone, such as "2027-01-31T12:00:00Z"';
