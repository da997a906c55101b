import type { LeaseTerms } from '../domain/lease-input.js';

const AT_MOST_MS = 10_000;

/** A read may show what was true so long ago; within the settle window of the request, where that is shorter. */
export function readsLag({ settleWindowMs }: LeaseTerms): number {
  return Math.min(AT_MOST_MS, settleWindowMs);
}
