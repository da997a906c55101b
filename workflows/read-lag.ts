import type { LeaseTerms } from '../domain/lease-input.js';

const MAX_READ_LAG_MS = 10_000;

/** How old the state that a read shows may be; not more than the settle window of the request. In milliseconds. */
export function readLag({ settleWindowMs }: LeaseTerms): number {
  return Math.min(MAX_READ_LAG_MS, settleWindowMs);
}
