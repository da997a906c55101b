/** Open runs of leases that nobody had to provision: the account leases the numbers by hand, and each run goes on from there. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManageLease } from '../activities/acquire-number.js';
import { startOptions } from '../activities/acquire-number.js';
import { offer } from '../activities/find-numbers.js';
import { NAMES } from '../domain/contract.js';
import { leaseId, TASK_QUEUE } from '../domain/ids.js';
import type { LeaseAccount, LeaseMemory, LeaseTerms, ManageLeaseInput } from '../domain/lease-input.js';
import { isLeasable, type Billing, type NumberRecord } from '../domain/number-record.js';
import {
  LEASE_EXPIRES_AT,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../domain/search-attributes.js';
import { termsOf } from '../domain/terms.js';
import type { IdleWorld } from './idle-world.js';
import { forEach } from './waits.js';

export interface IdleLease {
  number: string;
  /** The vendor's id of the lease. */
  leaseId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** A lease of the account that no run owns yet. */
export interface Held {
  record: NumberRecord;
  leaseId: string;
  billing: Billing;
}

interface Expiring extends Held {
  expiresAt: number;
}

/** Seconds that it took to open some. */
export interface Opened {
  /** Until the server had all of them. */
  startedS: number;
  /** Until each of them had done its first workflow task and waited for its deadline. */
  waitingS: number;
}

/** One process of a busy machine cannot start hundreds within the time limit of a call. */
const STARTS_AT_ONCE = 20;
const LOOKS_AT_ONCE = 20;
const LOOK_AGAIN_MS = 200;
/** Started; task scheduled, started and completed; timer started. */
const EVENTS_OF_WAITING = 5;

export async function leaseByHand({ api, simulator }: IdleWorld, count: number): Promise<Held[]> {
  const { data: available } = await api.lease.available();
  const free = available.filter(isLeasable).slice(0, count);
  if (free.length < count)
    throw new Error(`the simulator has ${free.length} free numbers for ${count} leases`);
  const numbers = free.map(({ number }) => number);
  await simulator.ask<string[]>('leaseByHand', numbers);
  const { data: leased } = await api.lease.leased();
  return leased.map((record) => {
    const { lease, pricing } = record;
    if (!lease?.billing) throw new Error(`${record.number} shows no lease with its billing`);
    const billing = { ...lease.billing, ...(pricing && { price: pricing }) };
    return { record, leaseId: lease.leaseId, billing };
  });
}

/** Opens the run of each, all with the same deadline; rejects where that takes longer than the limit. */
export async function openRuns(
  world: IdleWorld,
  held: readonly Held[],
  { expiresAt, limitMs }: { expiresAt: number; limitMs: number },
): Promise<Opened> {
  const { account } = world.api;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  const checkTime = () => {
    if (performance.now() - began > limitMs)
      throw new Error(`opening ${held.length} leases took longer than ${Math.round(limitMs / 1_000)} s`);
  };
  await forEach(held, STARTS_AT_ONCE, (lease) => {
    checkTime();
    return startRun(world, { ...lease, expiresAt }, account);
  });
  const startedS = seconds();
  await forEach(held, LOOKS_AT_ONCE, async ({ record }) => {
    while (!(await isWaiting(world, record.number))) {
      checkTime();
      await sleep(LOOK_AGAIN_MS);
    }
  });
  return { startedS, waitingS: seconds() };
}

async function startRun({ place }: IdleWorld, held: Expiring, account: LeaseAccount): Promise<void> {
  const input = inputOf(held, account);
  const { price } = held.billing;
  await place.client.workflow.start<ManageLease>(NAMES.manageLease, {
    ...startOptions(input, TASK_QUEUE),
    typedSearchAttributes: [
      { key: LEASE_STATE, value: 'active' },
      { key: LEASE_NUMBER, value: held.record.number },
      { key: LEASE_REFERENCE, value: input.reference },
      { key: LEASE_EXPIRES_AT, value: new Date(held.expiresAt) },
      ...(price ? [{ key: LEASE_MONTHLY_RATE, value: price.monthlyRate }] : []),
    ],
  });
}

async function isWaiting({ place }: IdleWorld, number: string): Promise<boolean> {
  const { historyLength } = await place.client.workflow.getHandle(leaseId(number)).describe();
  return historyLength >= EVENTS_OF_WAITING;
}

/** As a run of `manageLease` hands an active lease over to the next one. */
function inputOf(held: Expiring, account: LeaseAccount): ManageLeaseInput {
  const { record, expiresAt } = held;
  const now = Date.now();
  const reference = `idle/${record.number}`;
  const terms = termsOf({ reference, until: new Date(expiresAt).toISOString() });
  return {
    reference,
    provisionRunId: randomUUID(),
    offer: offer(record, { seenFreeAt: now, seenAt: now }),
    account,
    terms,
    messages: [],
    carried: memoryOf({ held, reference, account, terms, now }),
  };
}

interface Remembered {
  held: Expiring;
  reference: string;
  account: LeaseAccount;
  terms: LeaseTerms;
  now: number;
}

/** What a run knows once its lease is verified and nothing was sent. */
function memoryOf({ held, reference, account, terms, now }: Remembered): LeaseMemory {
  const { record, leaseId, billing, expiresAt } = held;
  const at = new Date(now).toISOString();
  const lease = {
    reference,
    number: record.number,
    leaseId,
    status: 'active',
    billing,
    leasedAt: at,
  } as const;
  return {
    phase: 'active',
    account,
    lease: { leaseId, billing, knownAt: now },
    leasedAt: now,
    expiresAt,
    acquired: { outcome: 'leased', lease },
    leaseDoubtUntil: 0,
    leaseActsUntil: now + terms.settleWindowMs,
    firstCallAt: now,
    terminateDoubtUntil: 0,
    queue: [],
    messages: [],
    counts: { queued: 0, sent: 0, unknown: 0, refused: 0 },
    troubles: {},
    explainedUntil: now,
    substituted: false,
    pacing: { tokens: terms.pacing.burst, at: now },
    polls: 0,
    log: [
      { at, text: `leased as ${leaseId}` },
      { at, text: 'verified: the lease is active' },
    ],
  };
}
