import { formatDuration } from '../domain/duration.js';
import { formatMoney } from '../domain/money.js';
import type { LeaseRun } from './lease-run.js';

/** The page of one lease in the Temporal UI, in Markdown: all that a reader wants to know without opening events. */
export function detailsOf(run: LeaseRun): string {
  const { memory, input } = run;
  const { counts } = memory;
  const rows: [string, string][] = [
    ['Number', run.number],
    ['Owner', `\`${input.reference}\``],
    ['State', run.trouble === undefined ? run.state : `**attention**: ${run.trouble}`],
    ['Lease', memory.lease?.leaseId ?? 'none yet'],
    ['Price', priceOf(run)],
    ['Leased', instant(memory.leasedAt) ?? 'not yet'],
    ['Expires', instant(memory.expiresAt) ?? expiry(run)],
    [
      'Messages',
      `${counts.sent} sent, ${counts.queued} queued, ${counts.refused} refused, ${counts.unknown} unknown`,
    ],
    ['Next', next(run)],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`);
  const log = memory.log.slice(-12).map(({ at, text }) => `- \`${at}\` ${text}`);
  return ['| | |', '| --- | --- |', ...table, '', ...log.reverse()].join('\n');
}

function priceOf({ memory, input }: LeaseRun): string {
  const price = memory.lease?.billing.price ?? input.offer.price;
  if (!price) return 'unknown';
  const { currency, monthlyRate, upfrontFee } = price;
  return `${formatMoney(monthlyRate, currency)} a month, ${formatMoney(upfrontFee, currency)} upfront`;
}

function expiry({ input, memory }: LeaseRun): string {
  const { termMs } = input.terms;
  return termMs !== undefined && memory.phase === 'leasing'
    ? `${formatDuration(termMs)} after it is leased`
    : 'when told';
}

function next({ wake, memory, handingOver }: LeaseRun): string {
  if (handingOver) return 'goes on in a new run';
  if (wake) return `${new Date(wake.at).toISOString()}: ${wake.why}`;
  return memory.phase === 'done' ? 'nothing: released' : 'what is asked';
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
