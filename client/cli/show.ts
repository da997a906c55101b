import type { Command } from 'commander';
import { labelEntries } from '../../domain/labels.js';
import type { Health, LeaseStatus } from '../../domain/contract.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { instant, monthly, state, table, upfront } from './tables.js';
import type { Io } from './terminal.js';

export function showCommand(io: Io): Command {
  return withTemporal(command('show', 'show one lease: its state, what comes next, its texts and its log'))
    .argument('<number>', 'the leased number, E.164')
    .action((number: string, options: TemporalOptions) => show(io, number, options));
}

function show(io: Io, number: string, options: TemporalOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      const status = await lease.status();
      terminal.answer({ ...status, url: lease.url }, () => inWords(status, lease.url));
    });
  });
}

function inWords(status: LeaseStatus, url: string | undefined): string {
  const { billing, nextWake, counts } = status;
  const rows = [
    ['Number', status.number],
    ['Reference', status.reference],
    ...(status.labels ? [['Labels', labelEntries(status.labels).join(' ')]] : []),
    ['State', state(status.state)],
    ...(status.attention === undefined
      ? []
      : [['Attention', `${status.attention.message} (${status.attention.nextStep})`]]),
    ['Lease', status.leaseId ?? 'none'],
    ['A month', billing ? monthly(billing.price) : ''],
    ['Upfront', billing ? upfront(billing.price) : ''],
    ['Leased', instant(status.leasedAt)],
    ['Ends', `${instant(status.expiresAt) || 'when told'}${status.autoRenew ? ', renews itself' : ''}`],
    ...endRows(status),
    ['Next', nextWake ? `${instant(nextWake.at)}: ${nextWake.why}` : ''],
    [
      'Texts',
      `${counts.sent} sent, ${counts.queued} queued, ${counts.refused} refused, ${counts.unknown} unknown`,
    ],
    ['Release looks', String(status.polls)],
    ...(url === undefined ? [] : [['Temporal UI', url]]),
  ];
  const parts = [table([], rows)];
  if (status.messages.length > 0) parts.push(messageTable(status));
  parts.push(...status.log.map(({ at, text }) => `${instant(at)}  ${text}`));
  return parts.join('\n');
}

function endRows({ releasesAt, protected: isProtected, health }: LeaseStatus): string[][] {
  return [
    ...(releasesAt === undefined ? [] : [['Goes back', `${instant(releasesAt)} unless it is restored`]]),
    ...(isProtected ? [['Protected', 'yes']] : []),
    ...(health ? [['Health', healthInWords(health)]] : []),
  ];
}

function healthInWords({ problems, checkedAt, reputation }: Health): string {
  if (checkedAt === undefined) return problems.join(', ') || 'not looked at yet';
  return `${problems.join(', ') || 'well'}, reputation ${reputation ?? 'unknown'} at ${instant(checkedAt)}`;
}

function messageTable({ messages }: LeaseStatus): string {
  const rows = messages.map(({ id, to, outcome, messageId, delivery, failure }) => [
    id,
    to,
    outcome,
    messageId ?? '',
    delivery ?? failure?.message ?? '',
  ]);
  return table(['Text', 'To', 'Outcome', 'Message id', 'Delivery'], rows);
}
