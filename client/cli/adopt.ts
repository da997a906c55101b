import type { Command } from 'commander';
import type { AdoptedNumber, AdoptReport, AdoptRequest } from '../../domain/adoption.js';
import type { Labels } from '../../domain/labels.js';
import { formatMoney } from '../../domain/money.js';
import { command, inTerminal, labelOption, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { instant, monthly, table } from './tables.js';
import type { Io } from './terminal.js';
import { Refused, WrongUse } from './wrong-use.js';

interface AdoptOptions extends TemporalOptions {
  all?: boolean;
  referencePrefix?: string;
  term?: string;
  until?: string;
  settleWindow?: string;
  label?: Labels;
  dryRun?: boolean;
}

export function adoptCommand(io: Io): Command {
  const summary = 'take over numbers that the account leases already, so that a run owns them';
  return withTemporal(command('adopt', summary))
    .argument('[numbers...]', 'the numbers, E.164')
    .option('--all', 'every number that the account leases and no run owns')
    .option('--reference-prefix <text>', 'the reference of each is this, a slash and the number', 'adopted')
    .option('--term <duration>', 'give them back after so long, such as "30 days"; default: when told')
    .option('--until <instant>', 'give them back then, ISO 8601 with its zone')
    .option('--settle-window <duration>', 'how long a call whose answer was lost may still act')
    .addOption(labelOption('a label of each lease'))
    .option('--dry-run', 'say what would be adopted and what it costs, and start nothing')
    .action((numbers: string[], options: AdoptOptions) => adopt(io, numbers, options));
}

function adopt(io: Io, numbers: string[], options: AdoptOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const request = requestOf(numbers, options);
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      terminal.progress('Adopting');
      const report = await leasehold.adopt(request);
      terminal.answer(report, () => inWords(report));
      if (report.counts.refused > 0) throw new Refused(report.counts.refused, 'adopted');
    });
  });
}

function requestOf(numbers: string[], options: AdoptOptions): AdoptRequest {
  const { all, referencePrefix, term, until, settleWindow, label: labels, dryRun } = options;
  if (numbers.length > 0 === (all === true))
    throw new WrongUse('name the numbers or give --all, one of the two');
  return {
    ...(all ? { all } : { numbers }),
    ...(referencePrefix !== undefined && { referencePrefix }),
    ...(term !== undefined && { term }),
    ...(until !== undefined && { until }),
    ...(settleWindow !== undefined && { settleWindow }),
    ...(labels && { labels }),
    ...(dryRun && { dryRun }),
  };
}

function inWords({ counts, numbers, owned, monthly: sums }: AdoptReport): string {
  const came = Object.entries(counts).flatMap(([outcome, count]) =>
    count > 0 ? [`${count} ${outcome}`] : [],
  );
  const others = owned === undefined ? '' : ` ${owned} of what is leased had a run already.`;
  const total = `${came.join(', ') || 'Nothing to adopt'}.${others}`;
  if (numbers.length === 0) return total;
  const row = ({ number, outcome, reference, leaseId, failure }: AdoptedNumber) => [
    number,
    outcome,
    outcome === 'refused' ? (failure?.message ?? '') : reference,
    leaseId ?? '',
  ];
  const head = ['Number', 'Outcome', 'Reference, or why not', 'Lease'];
  if (!sums) return `${table(head, numbers.map(row))}\n${total}`;
  const planned = (one: AdoptedNumber) => [
    ...row(one),
    monthly(one.plan?.price),
    instant(one.plan?.paidUntil),
    one.plan ? instant(one.plan.expiresAt) || 'when told' : '',
  ];
  const money = Object.entries(sums).map(([currency, sum]) => formatMoney(sum, currency));
  const cost = money.length > 0 ? ` They cost ${money.join(' and ')} a month, as they do now.` : '';
  return `${table([...head, 'A month', 'Paid until', 'Ends'], numbers.map(planned))}\n${total}${cost}`;
}
