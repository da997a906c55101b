import { z } from 'zod';
import { parseInstant } from '../domain/duration.js';

/** Below it a number counts seconds, from it on milliseconds: as seconds it would be the year 33658. */
const FIRST_IN_MS = 1e12;
/** The last instant that a `Date` can hold. */
const LAST_MS = 8.64e15;

/** Unix seconds, Unix milliseconds or ISO 8601, as epoch milliseconds: the vendor uses all three. */
export const instant = z.union([z.number(), z.string()]).transform((value, context) => {
  const at = epochMs(value);
  if (at > 0 && at <= LAST_MS) return Math.round(at);
  context.addIssue({ code: 'custom', message: 'is no point in time' });
  return z.NEVER;
});

export const isoInstant = instant.transform((at) => new Date(at).toISOString());

function epochMs(value: number | string): number {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === 'string') return parseInstant(number) ?? Number.NaN;
  return number < FIRST_IN_MS ? number * 1_000 : number;
}
