import { instantOf, type NoInstant } from '../domain/zoned-time.js';

/** What instant a wall-clock time in a zone is, for runs that are asked for one: their own code must not know. */
export function readClockTime(zoned: string): Promise<number | NoInstant> {
  return Promise.resolve(instantOf(zoned) ?? { must: 'must be a wall-clock time in a zone' });
}
