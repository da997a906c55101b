import type { AdoptTerms } from '../domain/adoption.js';
import type { ProvisionRequest } from '../domain/contract.js';
import { parseDuration } from '../domain/duration.js';
import type { Fault, FaultedCall, FaultPlan } from '../simulator/faults.js';
import type { GuardEvent, GuardPlan } from './guard-plan.js';
import type { SeedWorld } from './draw-world.js';
import type { SeedPlan } from './plan.js';

/** How fast a seed is lived. Times in milliseconds of the server's clock. */
export interface Tempo {
  /** The workers' time limit for a call, in real time. */
  callTimeoutMs: number;
  /** How long an ask for a number waits in its activity, in real time; undefined: as the product does. */
  acquireWaitMs?: number;
  /** How often a worker looks for releases that runs wait for, in real time. */
  watchEveryMs: number;
  /** How long a fleet is first let alone when faults have stopped, and how long at most. */
  settleStepMs: number;
  settledWithinMs: number;
  plan(plan: SeedPlan): SeedPlan;
  world(world: SeedWorld): SeedWorld;
  guards(guards: GuardPlan): GuardPlan;
  faults(faults: FaultPlan): FaultPlan;
}

/** As it was planned: days, on a server that skips them while no activity runs. So activities and hung calls are cut short. */
export const AS_PLANNED: Tempo = {
  callTimeoutMs: 150,
  acquireWaitMs: 100,
  watchEveryMs: 100,
  settleStepMs: 5 * 60_000,
  settledWithinMs: 5 * 86_400_000,
  plan: (plan) => plan,
  world: (world) => world,
  guards: (guards) => guards,
  faults: (faults) => faults,
};

/** An hour of the plan takes half a minute. */
const SHORTER = 120;
const LATE_SHORTER = 20;
const STALE_SHORTER = 5;
const HISTORY_SHORTER = 10;
const RETRY_AFTER_MS = 2_000;
/** Longer than a late request is late, or a read is old, after the shortening above: what the promise rests on. */
const SETTLE_WINDOW = '4s';
const POLLING = { initial: '1s', backoff: 2, max: '5s', escalateAfter: '10s' };

/** For a server whose time cannot be skipped: the same lives and events, everything as short as the contract lets it be. */
export const BRISK: Tempo = {
  callTimeoutMs: 500,
  watchEveryMs: 1_000,
  settleStepMs: 2_000,
  settledWithinMs: 8 * 60_000,
  plan: briskPlan,
  world: briskWorld,
  guards: ({ limits, events }) => ({ limits, events: events.map(briskEvent) }),
  faults: (faults) => ({
    decide: (call) => {
      const fault = faults.decide(call);
      return fault && briskFault(fault, call);
    },
  }),
};

const shorter = (milliseconds: number): number => Math.round(milliseconds / SHORTER);

function briskPlan({ lives, events, world }: SeedPlan): SeedPlan {
  return {
    lives: lives.map(({ atMs, request }) => ({ atMs: shorter(atMs), request: briskRequest(request) })),
    events: events.map((event) => ({ ...event, atMs: shorter(event.atMs) })),
    world: {
      ...world,
      termination: { minMs: shorter(world.termination.minMs), maxMs: shorter(world.termination.maxMs) },
      historyLagMs: Math.round(world.historyLagMs / HISTORY_SHORTER),
    },
  };
}

function briskWorld(world: SeedWorld): SeedWorld {
  const { activation } = world.simulator;
  const { maxLateMs = 0, doubled = 0 } = world.webhooks ?? {};
  return {
    ...world,
    ...(world.webhooks && { webhooks: { maxLateMs: shorter(maxLateMs), doubled } }),
    simulator: {
      ...world.simulator,
      ...(activation && {
        activation: { ...activation, minMs: shorter(activation.minMs), maxMs: shorter(activation.maxMs) },
      }),
    },
  };
}

function briskRequest(request: ProvisionRequest): ProvisionRequest {
  return { ...request, ...briskTerms(request), releasePolling: POLLING, settleWindow: SETTLE_WINDOW };
}

function briskEvent(event: GuardEvent): GuardEvent {
  const atMs = shorter(event.atMs);
  if (event.kind !== 'adopt') return { ...event, atMs };
  return { ...event, atMs, terms: { ...event.terms, ...briskTerms(event.terms) } };
}

/** Of the durations that a plan names, those that are given. */
function briskTerms(given: Pick<AdoptTerms, 'term' | 'grace' | 'warnBefore'>): typeof given {
  return {
    ...(given.term !== undefined && { term: briskDuration(given.term) }),
    ...(given.grace !== undefined && { grace: briskDuration(given.grace) }),
    ...(given.warnBefore !== undefined && { warnBefore: briskDuration(given.warnBefore) }),
  };
}

function briskDuration(text: string): string {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new Error(`a plan has a duration that is none: ${text}`);
  return `${shorter(milliseconds)}ms`;
}

function briskFault(fault: Fault, { at }: FaultedCall): Fault {
  const { lateMs, staleMs, headers } = fault;
  const retryAfter = headers?.['retry-after'];
  return {
    ...fault,
    ...(lateMs !== undefined && { lateMs: Math.ceil(lateMs / LATE_SHORTER) }),
    ...(staleMs !== undefined && { staleMs: Math.ceil(staleMs / STALE_SHORTER) }),
    ...(retryAfter !== undefined && { headers: { ...headers, 'retry-after': briskRetry(retryAfter, at) } }),
  };
}

/** Seconds or a date, not further away than a moment; what is neither, or past, stays as it is. */
function briskRetry(retryAfter: string, at: number): string {
  if (Number(retryAfter) * 1_000 > RETRY_AFTER_MS) return `${RETRY_AFTER_MS / 1_000}`;
  return Date.parse(retryAfter) > at + RETRY_AFTER_MS
    ? new Date(at + RETRY_AFTER_MS).toUTCString()
    : retryAfter;
}
