import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseMemo, LeaseState } from '../domain/contract.js';
import { formatDuration, parseDuration, type Duration } from '../domain/duration.js';
import { leaseId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { LEASE_STATE } from '../domain/search-attributes.js';
import { describe, type Context } from './context.js';
import { LeaseholdError } from './errors.js';
import { isOwnedBy, type Owner } from './lease-chain.js';

export const LEASE_STATES = [
  'leasing',
  'active',
  'expiring',
  'grace',
  'terminating',
  'attention',
  'released',
] as const satisfies LeaseState[];

export interface WaitOptions {
  /** Default: for as long as the lease lives. */
  timeout?: Duration;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Looks at the run's description until its state is a wanted one. Not an update that waits: a run has places for ten
 * at a time, and each would stay in its history; a description costs neither, and needs no worker.
 */
export async function awaitState(
  context: Context,
  number: PhoneNumber,
  owner: Owner,
  wanted: LeaseState[],
  { timeout }: WaitOptions,
): Promise<LeaseState> {
  const until = Date.now() + limitOf(timeout);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const { state, over } = await stateOf(context, number, owner);
    const reached = wanted.find((each) => each === state);
    if (reached) return reached;
    const words = wanted.join(' or ');
    if (over) throw new LeaseholdError('LeaseNotActive', `the lease on ${number} is over and not ${words}`);
    const left = until - Date.now();
    if (left <= 0) {
      const waited = `the lease on ${number} did not become ${words} within ${timeout ?? ''}`;
      throw new LeaseholdError('TimedOut', `${waited}: it is ${state ?? 'in no state yet'}`);
    }
    await sleep(Math.min(pauseMs, left));
  }
}

function limitOf(timeout: Duration | undefined): number {
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const limit = parseDuration(timeout);
  if (limit !== undefined) return limit;
  const message = `timeout must be a positive duration such as "${formatDuration(90_000)}", got ${JSON.stringify(timeout)}`;
  throw new LeaseholdError('InvalidRequest', message, { field: 'timeout' });
}

/** A number whose newest run is another lease's was released by this one. */
async function stateOf(
  context: Context,
  number: PhoneNumber,
  owner: Owner,
): Promise<{ state: string | undefined; over: boolean }> {
  const run = await describe(context, leaseId(number));
  const memo: Partial<LeaseMemo> = run?.memo ?? {};
  if (!run || !isOwnedBy(memo, owner)) return { state: 'released', over: true };
  const { name } = run.status;
  if (name === 'TERMINATED' || name === 'FAILED' || name === 'TIMED_OUT') {
    const text = `the run of ${number} was ended from outside: the number may still be leased`;
    throw new LeaseholdError('RunKilled', text);
  }
  return { state: run.typedSearchAttributes.get(LEASE_STATE), over: name === 'COMPLETED' };
}
