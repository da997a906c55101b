/**
 * Faults drawn from a seed. Whether and how a call goes wrong depends on the seed, its route, its number and the
 * how-manieth such call it is, and on nothing else: not on the order of calls, and not on what went wrong before. Only
 * maintenance goes by the clock, as it does in life; it shifts no other fault.
 */
import { draw, pick } from './draw.js';
import { faultsOf, LIMIT_WITH_DATE, MAINTENANCE, type FaultKind } from './fault-kinds.js';
import { faultName, type FaultedCall, type FaultPlan } from './faults.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * Share of calls that go wrong; share of hours in which every call does, and of others in which only reads are answered; how
 * far the clock may be off.
 */
export const FAULT_PROFILES = {
  none: { rate: 0, maintenance: 0, skewMs: 0 },
  light: { rate: 0.05, maintenance: 0, skewMs: 0 },
  rough: { rate: 0.2, maintenance: 0.02, skewMs: 5 * MINUTE_MS },
  storm: { rate: 0.45, maintenance: 0.07, skewMs: 10 * MINUTE_MS },
} as const;
export type FaultProfile = keyof typeof FAULT_PROFILES;

/** Below the time limit of a call in the tests. */
const SLOW_MS = 20;
const RETRY_DATE_AHEAD_MS = 30_000;

/** How often each fault has happened: `route | phase | kind` → count. */
export type FaultCounts = Record<string, number>;

export interface SeededFaults extends FaultPlan {
  counts(): FaultCounts;
  /** From now on nothing goes wrong any more. */
  stop(): void;
}

export interface SeededFaultsOptions {
  /** How long a slow call takes, in real milliseconds. */
  slowMs?: number;
  /** Only these, by their names in `faultName`; default: every one. */
  only?: RegExp | undefined;
}

export function seededFaults(
  seed: number,
  profile: FaultProfile,
  { slowMs = SLOW_MS, only }: SeededFaultsOptions = {},
): SeededFaults {
  const { rate } = FAULT_PROFILES[profile];
  const inMaintenance = maintenanceOf(seed, profile);
  const counts: FaultCounts = {};
  let stopped = false;

  const kindsOf = (route: string): [FaultKind, ...FaultKind[]] | undefined => {
    const [first, ...others] = faultsOf(route).filter((fault) => !only || only.test(faultName(route, fault)));
    return first && [first, ...others];
  };
  const drawn = (call: FaultedCall): FaultKind | undefined => {
    if (!only && inMaintenance(call)) return MAINTENANCE;
    const { route, number = '', nth } = call;
    if (draw(seed, 'fault', route, number, nth) >= rate) return undefined;
    const kinds = kindsOf(route);
    return kinds && withDetails(pick(kinds, seed, 'kind', route, number, nth), { seed, call, slowMs });
  };

  return {
    decide: (call) => {
      const fault = stopped ? undefined : drawn(call);
      if (!fault) return undefined;
      const name = faultName(call.route, fault);
      counts[name] = (counts[name] ?? 0) + 1;
      return fault;
    },
    counts: () => ({ ...counts }),
    stop: () => (stopped = true),
  };
}

/** Whole hours, counted from the first call: what matters is how long a plan has run, and not the time of day. */
function maintenanceOf(seed: number, profile: FaultProfile): (call: FaultedCall) => boolean {
  const { maintenance } = FAULT_PROFILES[profile];
  let startedAt: number | undefined;
  return ({ at, route }) => {
    startedAt ??= at - draw(seed, 'first hour') * HOUR_MS;
    const drawn = draw(seed, 'maintenance', Math.floor((at - startedAt) / HOUR_MS));
    return drawn < maintenance || (drawn >= 1 - maintenance && !route.startsWith('GET'));
  };
}

/** How long and how late is drawn as well; the list has the most. */
function withDetails(
  fault: FaultKind,
  { seed, call, slowMs }: { seed: number; call: FaultedCall; slowMs: number },
): FaultKind {
  const { route, number = '', nth, at } = call;
  const upTo = (most: number) => Math.ceil(draw(seed, 'how much', route, number, nth) * most);
  if (fault === LIMIT_WITH_DATE)
    return { ...fault, headers: { 'retry-after': new Date(at + RETRY_DATE_AHEAD_MS).toUTCString() } };
  return {
    ...fault,
    ...(fault.delayMs !== undefined && { delayMs: slowMs }),
    ...(fault.lateMs !== undefined && { lateMs: upTo(fault.lateMs) }),
    ...(fault.staleMs !== undefined && { staleMs: upTo(fault.staleMs) }),
  };
}

/** By how much the vendor's clock is off, for as long as the seed runs: its times agree with each other. */
export function clockSkewMs(seed: number, profile: FaultProfile): number {
  return Math.round((draw(seed, 'skew') * 2 - 1) * FAULT_PROFILES[profile].skewMs);
}
