import Table from 'cli-table3';
import { everyFault } from '../simulator/fault-kinds.js';
import type { SeedReport } from './fleet.js';
import type { Losses } from './losses.js';
import { NO_SUMS, summed, type Sums } from './sums.js';

/** What all seeds of a run came to, those included that it was told of as played before. */
export class Totals {
  private readonly startedAt = Date.now();
  private readonly kept: number;

  constructor(public sums: Sums = NO_SUMS) {
    this.kept = sums.seeds;
  }

  add(report: SeedReport): void {
    this.sums = summed(this.sums, report);
  }

  get faultsInAll(): number {
    return Object.values(this.sums.faults).reduce((sum, count) => sum + count, 0);
  }

  /** How often the rarest of all faults that can happen has happened. */
  get rarest(): number {
    return Math.min(...everyFault().map((fault) => this.sums.faults[fault] ?? 0));
  }

  soFar(): string {
    const { seeds, failed } = this.sums;
    return `${seeds} seeds, ${failed} with violations, ${this.perSecond} a second`;
  }

  inWords(): string {
    const { seeds, failed, leases, texts, simulatedMs, tookMs, spoilt } = this.sums;
    const days = Math.round(simulatedMs / 86_400_000);
    const minutes = ((Date.now() - this.startedAt) / 60_000).toFixed(1);
    const before = this.kept > 0 ? `${this.kept} of them before, ` : '';
    const hours = (tookMs / 3_600_000).toFixed(1);
    return (
      `${seeds} seeds, ${before}in ${minutes} minutes (${this.perSecond} a second; the seeds themselves took ` +
      `${hours} hours): ${leases} leases, ${texts} texts, ${this.faultsInAll} faults, ` +
      `${days} simulated days; ${failed} seeds with violations` +
      (spoilt > 0 ? `; ${spoilt} plays were spoilt by the server, and played again` : '')
    );
  }

  /** Undefined where no seed had limits and guards. */
  guardsInWords(): string | undefined {
    const { seeds, refused, adopted, ...undone } = this.sums.guarded;
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
    const faults = new Set([...everyFault(), ...Object.keys(this.sums.faults)]);
    for (const fault of [...faults].sort((a, b) => a.localeCompare(b)))
      table.push([...fault.split(' | '), String(this.sums.faults[fault] ?? 0)]);
    return table.toString();
  }

  private get perSecond(): string {
    return ((this.sums.seeds - this.kept) / ((Date.now() - this.startedAt) / 1_000)).toFixed(2);
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
export function lossTable(ways: Map<string, Sums>): string {
  const table = new Table({ head: ['', ...ways.keys()], style: { head: [], border: [] } });
  const row = (what: string, of: (one: Sums) => number) =>
    table.push([what, ...[...ways.values()].map((one) => String(of(one)))]);
  row('seeds', ({ seeds }) => seeds);
  row('leases made', ({ leases }) => leases);
  row('texts delivered', ({ texts }) => texts);
  for (const [key, what] of Object.entries(LOSSES)) row(what, ({ losses }) => losses[key as keyof Losses]);
  return table.toString();
}
