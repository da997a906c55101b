/** Bounds of a provision. Times in milliseconds. */
import type { ProvisionRequest } from './contract.js';
import { parseDuration } from './duration.js';

const MAX_NUMBERS_LEASED = 3;
const ACQUIRE_TIMEOUT_MS = 15 * 60_000;

/**
 * A run of a number that starts later than this after it was requested leases nothing. A start may wait in a queue for so
 * long, be delayed by the network, and be repeated.
 */
export const MAX_START_DELAY_MS = 60_000;

export function maxNumbersLeased(request: Pick<ProvisionRequest, 'maxNumbersLeased'>): number {
  return request.maxNumbersLeased ?? MAX_NUMBERS_LEASED;
}

export function acquireTimeoutMs(request: Pick<ProvisionRequest, 'acquireTimeout'>): number {
  return parseDuration(request.acquireTimeout) ?? ACQUIRE_TIMEOUT_MS;
}
