import { Option, type Command } from 'commander';
import pc from 'picocolors';
import type { LeaseState, LeaseStatus } from '../../domain/contract.js';
import { labelEntries, type Labels } from '../../domain/labels.js';
import { formatMoney } from '../../domain/money.js';
import { LeaseholdError } from '../errors.js';
import type { Leasehold } from '../leasehold.js';
import { LEASE_STATES } from '../lease-state.js';
import type { LeaseSummary } from '../list.js';
import {
  command,
  inTerminal,
  labelOption,
  parseCount,
  withTemporal,
  type TemporalOptions,
} from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { instant, state as stateWord, table } from './tables.js';
import type { Io } from './terminal.js';

interface ListOptions extends TemporalOptions {
  state?: LeaseState;
  reference?: string;
  label?: Labels;
  all?: boolean;
  limit: number;
}

export interface ListedLease extends LeaseSummary {
  currency?: string;
  /** In its grace period: when it goes back. */
  releasesAt?: string;
}

/** Runs that are asked at a time: each is a task for a worker. */
const AT_ONCE = 8;
const WEEK_MS = 7 * 24 * 3_600_000;

export function listCommand(io: Io): Command {
  return withTemporal(command('list', 'show the leases that are held, with totals'))
    .addOption(new Option('--state <state>', 'only those in this state').choices(LEASE_STATES))
    .option('--reference <reference>', 'only those of this reference')
    .addOption(labelOption('only those with this label'))
    .option('--all', 'those that are over as well')
    .option('--limit <count>', 'show at most so many, newest first', parseCount, 100)
    .action((options: ListOptions) => list(io, options));
}

function list(io: Io, options: ListOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      terminal.progress('Reading the leases');
      const { leases, more } = await readLeases(leasehold, options);
      const totals = totalsOf(leases, Date.now());
      terminal.answer({ leases, totals, more }, () => inWords(leases, totals, more));
    });
  });
}

async function readLeases(
  leasehold: Leasehold,
  options: ListOptions,
): Promise<{ leases: ListedLease[]; more: boolean }> {
  const { state, reference, label: labels, all, limit } = options;
  const wanted = {
    limit: limit + 1,
    ...(state && { state }),
    ...(reference !== undefined && { reference }),
    ...(labels && { labels }),
    ...(all && { closed: true }),
  };
  const listed: ListedLease[] = [];
  for await (const lease of leasehold.list(wanted)) listed.push(lease);
  const leases = listed.slice(0, limit);
  const queue = leases.filter(({ closedAt }) => closedAt === undefined);
  await Promise.all(Array.from({ length: AT_ONCE }, () => askRuns(leasehold, queue)));
  return { leases, more: listed.length > limit };
}

/** The list of runs has the rate alone; the run knows its currency, and when it goes back. Without a worker they stay unknown. */
async function askRuns(leasehold: Leasehold, queue: ListedLease[]): Promise<void> {
  for (let lease = queue.shift(); lease; lease = queue.shift()) {
    const why = await leasehold.lease(lease.number).whyStalled();
    if (why !== undefined) {
      lease.stalled = why;
      continue; // it would not answer
    }
    if (lease.unreadable !== undefined) continue;
    let status: LeaseStatus | undefined;
    try {
      status = await leasehold.lease(lease.number).status();
    } catch (error) {
      const isUnanswered = error instanceof LeaseholdError && error.type === 'NoAnswer';
      if (isUnanswered) queue.length = 0; // no worker: the others need not wait for it as well
    }
    const price = status?.billing?.price;
    if (price) Object.assign(lease, { currency: price.currency, monthlyRate: price.monthlyRate });
    if (status?.releasesAt !== undefined) lease.releasesAt = status.releasesAt;
  }
}

export interface Totals {
  held: number;
  /** Whole units a month, by currency; `unknown` where no run told it. */
  monthly: Record<string, number>;
  endingWithin7Days: number;
}

export function totalsOf(leases: ListedLease[], now: number): Totals {
  const open = leases.filter(({ closedAt }) => closedAt === undefined);
  const monthly: Record<string, number> = {};
  for (const { currency = 'unknown', monthlyRate } of open) {
    if (monthlyRate !== undefined) monthly[currency] = cents((monthly[currency] ?? 0) + monthlyRate);
  }
  const endsSoon = ({ expiresAt }: ListedLease) =>
    expiresAt !== undefined && Date.parse(expiresAt) <= now + WEEK_MS;
  return { held: open.length, monthly, endingWithin7Days: open.filter(endsSoon).length };
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

function ends({ closedAt, releasesAt, expiresAt }: ListedLease): string {
  if (closedAt !== undefined) return 'over';
  if (releasesAt !== undefined) return `goes back ${instant(releasesAt)}`;
  return instant(expiresAt) || 'when told';
}

function inWords(leases: ListedLease[], totals: Totals, more: boolean): string {
  if (leases.length === 0) return 'No leases.';
  const labelled = leases.some(({ labels }) => labels);
  const hasHealth = leases.some(({ health }) => health !== undefined);
  const head = [
    'Number',
    'Reference',
    'State',
    'A month',
    'Ends',
    'Started',
    ...(labelled ? ['Labels'] : []),
    ...(hasHealth ? ['Health'] : []),
  ];
  const rows = leases.map((lease) => [
    lease.number,
    lease.reference,
    lease.stalled === undefined ? stateWord(lease.state) : pc.red(`${lease.state}, stalled`),
    lease.monthlyRate === undefined ? '' : formatMoney(lease.monthlyRate, lease.currency ?? ''),
    ends(lease),
    instant(lease.startedAt),
    ...(labelled ? [labelEntries(lease.labels ?? {}).join(' ')] : []),
    ...(hasHealth ? [lease.health ?? ''] : []),
  ]);
  const sums = Object.entries(totals.monthly).map(([currency, amount]) => formatMoney(amount, currency));
  const lines = [
    table(head, rows),
    `Held: ${totals.held}. A month: ${sums.join(', ') || 'nothing'}. Ending within 7 days: ${totals.endingWithin7Days}.`,
  ];
  for (const { number, stalled, unreadable } of leases) {
    if (stalled !== undefined) lines.push(pc.red(`${number} makes no progress: ${stalled}`));
    if (unreadable !== undefined) lines.push(pc.yellow(`${number} cannot be read here: ${unreadable}`));
  }
  if (more) lines.push('There are more: these totals are of the leases shown; give a larger --limit.');
  return [...lines, ...leases.flatMap(({ number, url }) => (url ? [`${number}  ${url}`] : []))].join('\n');
}
