import type { Command } from 'commander';
import { formatMoney } from '../../domain/money.js';
import type { Labels } from '../../domain/labels.js';
import { isPhoneNumber } from '../../domain/phone-number.js';
import type { AuditOptions } from '../audit/audit.js';
import { sum } from '../audit/cost.js';
import type { AuditRecord } from '../audit/record.js';
import { command, inTerminal, labelOption, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { instant, table } from './tables.js';
import type { Io, Terminal } from './terminal.js';

interface AuditCommandOptions extends TemporalOptions {
  label?: Labels;
  since?: string;
}

const SUMMARY =
  'tell from histories who leased what, why, at what cost, what was sent and when it was released';

export function auditCommand(io: Io): Command {
  return withTemporal(command('audit', SUMMARY))
    .argument(
      '[number-or-reference]',
      'one number, E.164, or one reference; default: everything that is kept',
    )
    .addOption(labelOption('only leases with this label'))
    .option('--since <day>', 'only what was open then or later, such as 2026-01-01')
    .action((which: string | undefined, options: AuditCommandOptions) => audit(io, which, options));
}

/** With `--json` one object a line, each as soon as it is read: an export may be larger than memory. */
function audit(io: Io, which: string | undefined, options: AuditCommandOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      terminal.progress('Reading histories');
      const totals = new Totals();
      for await (const record of leasehold.audit(wanted(which, options))) {
        totals.add(record);
        terminal.event(record, terminal.json ? '' : inWords(record));
      }
      if (!terminal.json) totals.tell(terminal);
    });
  });
}

function wanted(which: string | undefined, { label: labels, since }: AuditCommandOptions): AuditOptions {
  return {
    ...(which !== undefined && (isPhoneNumber(which) ? { number: which } : { reference: which })),
    ...(labels && { labels }),
    ...(since !== undefined && { since }),
  };
}

class Totals {
  private count = 0;
  private unknown = 0;
  private readonly sums = new Map<string, number>();

  add({ cost: { currency, total, parts }, leaseId }: AuditRecord): void {
    this.count += 1;
    if (currency !== null)
      this.sums.set(currency, sum([{ amount: this.sums.get(currency) ?? 0 }, { amount: total }]));
    else if (leaseId !== null && parts.length > 0) this.unknown += 1;
  }

  tell(terminal: Terminal): void {
    const sums = [...this.sums].map(([currency, amount]) => formatMoney(amount, currency)).join(', ');
    const unknown = this.unknown > 0 ? `, and ${this.unknown} of unknown price` : '';
    const words = `${this.count} in all. Cost, months in full from their first day: ${sums || 'nothing'}${unknown}.`;
    terminal.answer({}, () => (this.count === 0 ? 'Nothing is kept of that.' : words));
  }
}

function inWords(record: AuditRecord): string {
  const { request, release, cost, texts, changes, gaps } = record;
  const rows = [
    ['Number', record.number ?? 'none'],
    ['Reference', record.reference],
    ['State', record.state],
    ['Asked by', request ? `${request.by}, ${instant(request.at)}` : 'not kept'],
    ...(request?.candidates ?? []).map((candidate) => ['Candidate', candidateInWords(candidate)]),
    ...(request?.failure ? [['Failed', request.failure.message]] : []),
    ['Leased', record.leasedAt === null ? 'no' : `${instant(record.leasedAt)} as ${record.leaseId ?? ''}`],
    ...changes.map(({ what, by, at, failure }) => [
      'Asked',
      `${what} by ${by}, ${instant(at)}${failure ? `: ${failure.message}` : ''}`,
    ]),
    ['Texts', textsInWords(texts)],
    ['Cost', costInWords(cost)],
    ['Terminated', instant(record.terminatedAt) || 'no'],
    [
      'Released',
      release
        ? `proven ${instant(release.provenAt)} by ${release.provenBy ?? 'a run not kept'}, ended by ${release.by}`
        : 'no',
    ],
    ...(record.reason === null ? [] : [['Reason', record.reason]]),
    ...gaps.map((gap) => ['Gap', gap]),
  ];
  return table([], rows);
}

function candidateInWords({
  number,
  price,
  outcome,
  failure,
}: NonNullable<AuditRecord['request']>['candidates'][number]): string {
  const cost = price ? ` at ${formatMoney(price.monthlyRate, price.currency)} a month` : '';
  return `${number}${cost}: ${outcome}${failure ? `, ${failure.message}` : ''}`;
}

function textsInWords(texts: AuditRecord['texts']): string {
  const counts = new Map<string, number>();
  for (const { outcome } of texts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'none';
}

function costInWords({ total, currency, parts }: AuditRecord['cost']): string {
  if (parts.length === 0) return 'nothing';
  const months = parts.filter(({ what }) => what === 'month').length;
  const known = total === null || currency === null ? 'unknown' : formatMoney(total, currency);
  return `${known} (upfront and ${months} ${months === 1 ? 'month' : 'months'})`;
}
