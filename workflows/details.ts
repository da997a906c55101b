import type { Health, LeaseStatus } from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { labelEntries } from '../domain/labels.js';
import { formatMoney } from '../domain/money.js';

/** The page of one lease in the Temporal UI, in Markdown: all that a reader wants to know without opening events. */
export function detailsOf(status: LeaseStatus, input: ManageLeaseInput): string {
  const { counts, log, attention, labels } = status;
  const sums = `${counts.sent} sent, ${counts.queued} queued, ${counts.refused} refused, ${counts.unknown} unknown`;
  const rows: [string, string][] = [
    ['Number', status.number],
    ['Owner', `\`${status.reference}\``],
    ...(labels ? [['Labels', labelEntries(labels).join(', ')] satisfies [string, string]] : []),
    ['State', attention === undefined ? status.state : `**attention**: ${attention.message}`],
    ...(attention ? [['What to do', attention.nextStep] satisfies [string, string]] : []),
    ['Lease', status.leaseId ?? 'none yet'],
    ['Price', priceOf(status, input)],
    ['Leased', status.leasedAt ?? 'not yet'],
    ['Expires', `${status.expiresAt ?? expiry(status, input)}${status.autoRenew ? ', renews itself' : ''}`],
    ...endRows(status),
    ['Messages', sums],
    ['Next', next(status)],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`);
  const latest = log.slice(-12).map(({ at, text }) => `- \`${at}\` ${text}`);
  return ['| | |', '| --- | --- |', ...table, '', ...latest.reverse()].join('\n');
}

function priceOf({ billing }: LeaseStatus, { offer }: ManageLeaseInput): string {
  const price = billing?.price ?? offer.price;
  if (!price) return 'unknown';
  const { currency, monthlyRate, upfrontFee } = price;
  return `${formatMoney(monthlyRate, currency)} a month, ${formatMoney(upfrontFee, currency)} upfront`;
}

function expiry({ leasedAt }: LeaseStatus, { terms }: ManageLeaseInput): string {
  const { termMs } = terms;
  return termMs !== undefined && leasedAt === null
    ? `${formatDuration(termMs)} after it is leased`
    : 'when told';
}

function endRows({ releasesAt, protected: isProtected, health }: LeaseStatus): [string, string][] {
  const rows: [string, string][] = [];
  if (releasesAt !== undefined) rows.push(['Goes back', `${releasesAt} unless it is restored`]);
  if (isProtected) rows.push(['Protected', 'yes: lift the protection before giving it back']);
  if (health) rows.push(['Health', healthInWords(health)]);
  return rows;
}

function healthInWords({ problems, checkedAt, reputation }: Health): string {
  const seen = checkedAt === undefined ? '' : ` (reputation ${reputation ?? 'unknown'} at ${checkedAt})`;
  return (problems.join(', ') || (checkedAt === undefined ? 'not looked at yet' : 'well')) + seen;
}

function next({ nextWake, state }: LeaseStatus): string {
  if (nextWake) return `${nextWake.at}: ${nextWake.why}`;
  return state === 'released' ? 'nothing: released' : 'what is asked';
}
