import Table from 'cli-table3';
import { everyFault } from '../simulator/fault-kinds.js';
import type { FaultCounts } from '../simulator/fault-profiles.js';
import type { SeedReport } from './fleet.js';
import type { GuardCounts } from './lives.js';
import { addLosses, NO_LOSSES, type Losses } from './losses.js';

/** What all seeds of a run came to. */
export class Totals {
  seeds = 0;
  failed = 0;
  leases = 0;
  texts = 0;
  private simulatedMs = 0;
  private tookMs = 0;
  private kept = 0;
  private spoilt = 0;
  losses = NO_LOSSES;
  private readonly guarded: GuardCounts = { seeds: 0, protected: 0, restored: 0, adopted: 0, refused: 0 };
  private readonly faults: FaultCounts = {};
  private readonly startedAt = Date.now();

  /** A seed that was played just now, or one that a journal kept. */
  add(report: SeedReport, played: 'now' | 'before' = 'now'): void {
    this.seeds += 1;
    if (played === 'before') this.kept += 1;
    this.spoilt += report.spoilt ?? 0;
    this.tookMs += report.tookMs;
    if (report.violations.length > 0) this.failed += 1;
    this.leases += report.leases;
    this.texts += report.texts;
    this.simulatedMs += report.simulatedMs;
    for (const key of Object.keys(this.guarded) as (keyof GuardCounts)[])
      this.guarded[key] += report.guarded?.[key] ?? 0;
    this.losses = addLosses(this.losses, report.losses);
    for (const [key, count] of Object.entries(report.faults))
      this.faults[key] = (this.faults[key] ?? 0) + count;
  }

  get faultsInAll(): number {
    return Object.values(this.faults).reduce((sum, count) => sum + count, 0);
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
    const before = this.kept > 0 ? `${this.kept} of them before, ` : '';
    const hours = (this.tookMs / 3_600_000).toFixed(1);
    return (
      `${this.seeds} seeds, ${before}in ${minutes} minutes (${this.perSecond} a second; the seeds themselves took ` +
      `${hours} hours): ${this.leases} leases, ${this.texts} texts, ${this.faultsInAll} faults, ` +
      `${days} simulated days; ${this.failed} seeds with violations` +
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

  /** A row for each fault that can happen, with how often it did. */
  faultTable(): string {
    const head = ['route', 'phase', 'fault', 'times'];
    const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
    const table = new Table({ head, chars, style: { head: [], border: [] } });
    const faults = new Set([...everyFault(), ...Object.keys(this.faults)]);
    for (const fault of [...faults].sort((a, b) => a.localeCompare(b)))
      table.push([...fault.split(' | '), String(this.faults[fault] ?? 0)]);
    return table.toString();
  }

  private get perSecond(): string {
    return ((this.seeds - this.kept) / ((Date.now() - this.startedAt) / 1_000)).toFixed(2);
  }
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
export function lossTable(totals: Map<string, Totals>): string {
  const table = new Table({ head: ['', ...totals.keys()], style: { head: [], border: [] } });
  const row = (what: string, of: (one: Totals) => number) =>
    table.push([what, ...[...totals.values()].map((one) => String(of(one)))]);
  row('seeds', ({ seeds }) => seeds);
  row('leases made', ({ leases }) => leases);
  row('texts delivered', ({ texts }) => texts);
  for (const [key, what] of Object.entries(LOSSES)) row(what, ({ losses }) => losses[key as keyof Losses]);
  return table.toString();
}
