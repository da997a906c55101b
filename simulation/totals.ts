import Table from 'cli-table3';
import { everyFault } from '../simulator/fault-kinds.js';
import type { FaultCounts } from '../simulator/fault-profiles.js';
import { ALL_ASSUMPTIONS, type Assumption } from './assumptions.js';
import type { SeedReport } from './fleet.js';
import type { GuardCounts } from './lives.js';
import { NO_LOSSES, type Losses } from './losses.js';

/** The sums over all seeds of one run. */
export class Totals {
  private readonly startedAt = Date.now();
  seeds = 0;
  /** Seeds in which the promise was broken. */
  failed = 0;
  leases = 0;
  texts = 0;
  losses: Losses = NO_LOSSES;
  private simulatedMs = 0;
  /** Plays that were repeated, because their server lost a task. */
  private spoilt = 0;
  private guarded: GuardCounts = { seeds: 0, protected: 0, restored: 0, adopted: 0, refused: 0 };
  private faults: FaultCounts = {};
  private stretched: Partial<Record<Assumption, number>> = {};

  add({
    stretched,
    violations,
    leases,
    texts,
    simulatedMs,
    spoilt,
    losses,
    faults,
    guarded,
  }: SeedReport): void {
    this.seeds += 1;
    if (violations.length > 0) this.failed += 1;
    this.leases += leases;
    this.texts += texts;
    this.simulatedMs += simulatedMs;
    this.spoilt += spoilt ?? 0;
    this.losses = sum(this.losses, losses);
    this.faults = sum(this.faults, faults);
    for (const name of stretched) this.stretched[name] = (this.stretched[name] ?? 0) + 1;
    if (guarded) this.guarded = sum(this.guarded, guarded);
  }

  get faultsInAll(): number {
    return Object.values(this.faults).reduce((total, count) => total + count, 0);
  }

  /** How often the rarest of all faults that can happen has happened. */
  get rarest(): number {
    return Math.min(...everyFault().map((fault) => this.faults[fault] ?? 0));
  }

  soFar(): string {
    return `${this.seeds} seeds, ${this.failed} with violations, ${this.perSecond} a second`;
  }

  inWords(): string {
    const days = Math.round(this.simulatedMs / 86_400_000);
    const minutes = ((Date.now() - this.startedAt) / 60_000).toFixed(1);
    return (
      `${this.seeds} seeds in ${minutes} minutes (${this.perSecond} a second): ` +
      `${this.leases} leases, ${this.texts} texts, ${this.faultsInAll} faults, ${days} simulated days; ` +
      `${this.failed} seeds with violations` +
      (this.spoilt > 0 ? `; ${this.spoilt} plays were spoilt by the server, and played again` : '')
    );
  }

  /** Undefined where no seed had limits and guards. */
  guardsInWords(): string | undefined {
    const { seeds, refused, adopted, ...undone } = this.guarded;
    if (seeds === 0) return undefined;
    return (
      `${seeds} seeds with limits and guards: ${refused} numbers refused for a limit, ${undone.protected} leases ` +
      `protected, ${undone.restored} restored, ${adopted} adopted`
    );
  }

  /** A row for each assumption: in how many seeds it was stretched up to its bound. */
  assumptionTable(): string {
    const table = compactTable(['assumption', 'seeds']);
    for (const name of ALL_ASSUMPTIONS) table.push([name, String(this.stretched[name] ?? 0)]);
    return table.toString();
  }

  /** A row for each fault that can happen, with how often it did. */
  faultTable(): string {
    const table = compactTable(['route', 'phase', 'fault', 'times']);
    const faults = new Set([...everyFault(), ...Object.keys(this.faults)]);
    for (const fault of [...faults].sort((a, b) => a.localeCompare(b)))
      table.push([...fault.split(' | '), String(this.faults[fault] ?? 0)]);
    return table.toString();
  }

  private get perSecond(): string {
    return (this.seeds / ((Date.now() - this.startedAt) / 1_000)).toFixed(2);
  }
}

function compactTable(head: string[]): Table.Table {
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  return new Table({ head, chars, style: { head: [], border: [] } });
}

function sum<Counts extends object>(some: Counts, more: Counts): Counts {
  const total = { ...some } as { [name: string]: number };
  for (const [name, count] of Object.entries(more) as [string, number][])
    total[name] = (total[name] ?? 0) + count;
  return total as Counts;
}

const LOSSES: Record<keyof Losses, string> = {
  unserved: 'lives without a number',
  unknownLeases: 'leases that no run knows of',
  orphans: 'leases still paid for at the end',
  textsTwice: 'texts sent twice',
  textsMissing: 'texts believed sent and never sent',
  stuck: 'runs that never end',
};

/** What each lost under the same seeds, side by side. */
export function lossTable(ways: Record<string, Totals>): string {
  const table = new Table({ head: ['', ...Object.keys(ways)], style: { head: [], border: [] } });
  const row = (what: string, of: (one: Totals) => number) =>
    table.push([what, ...Object.values(ways).map((one) => String(of(one)))]);
  row('seeds', ({ seeds }) => seeds);
  row('leases made', ({ leases }) => leases);
  row('texts delivered', ({ texts }) => texts);
  for (const [key, what] of Object.entries(LOSSES)) row(what, ({ losses }) => losses[key as keyof Losses]);
  return table.toString();
}
