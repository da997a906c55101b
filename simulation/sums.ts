import type { FaultCounts } from '../simulator/fault-profiles.js';
import type { SeedReport } from './fleet.js';
import type { GuardCounts } from './lives.js';
import { NO_LOSSES, type Losses } from './losses.js';

/** What seeds came to, all together. Times in milliseconds. */
export interface Sums {
  seeds: number;
  /** Seeds in which the promise was broken. */
  failed: number;
  leases: number;
  texts: number;
  simulatedMs: number;
  /** Of our time, each seed by itself: several are played side by side. */
  tookMs: number;
  /** Plays that were played again, as their server spoilt them. */
  spoilt: number;
  losses: Losses;
  guarded: GuardCounts;
  faults: FaultCounts;
}

export const NO_SUMS: Sums = {
  seeds: 0,
  failed: 0,
  leases: 0,
  texts: 0,
  simulatedMs: 0,
  tookMs: 0,
  spoilt: 0,
  losses: NO_LOSSES,
  guarded: { seeds: 0, protected: 0, restored: 0, adopted: 0, refused: 0 },
  faults: {},
};

/** With one seed more. */
export function summed(sums: Sums, report: SeedReport): Sums {
  const { leases, texts, simulatedMs, tookMs, losses, faults, violations } = report;
  const { spoilt = 0, guarded = NO_SUMS.guarded } = report;
  const failed = violations.length > 0 ? 1 : 0;
  return together(sums, {
    seeds: 1,
    failed,
    leases,
    texts,
    simulatedMs,
    tookMs,
    spoilt,
    losses,
    guarded,
    faults,
  });
}

export function together(some: Sums, more: Sums): Sums {
  const { losses, guarded, faults, ...counts } = more;
  return {
    ...added(some, counts),
    losses: added(some.losses, losses),
    guarded: added(some.guarded, guarded),
    faults: added(some.faults, faults),
  };
}

function added<Counts extends object>(some: Counts, more: Partial<Counts>): Counts {
  const both = { ...some } as { [name: string]: number };
  for (const [name, count] of Object.entries(more) as [string, number][])
    both[name] = (both[name] ?? 0) + count;
  return both as Counts;
}
