import type { Command } from 'commander';
import { formatMoney } from '../../domain/money.js';
import type { ScopeFigures, SpendingFigures } from '../../domain/spending.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { table } from './tables.js';
import type { Io } from './terminal.js';

interface LimitsOptions extends TemporalOptions {
  rebuild?: boolean;
}

export function limitsCommand(io: Io): Command {
  return withTemporal(command('limits', 'show what is held and spent in all, and what may be'))
    .option('--rebuild', 'first count the open leases anew, and forget those whose run was killed')
    .action((options: LimitsOptions) => limits(io, options));
}

function limits(io: Io, options: LimitsOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      terminal.progress(options.rebuild ? 'Counting the open leases' : 'Reading the figures');
      const figures = await (options.rebuild ? leasehold.rebuildLimits() : leasehold.limits());
      terminal.answer(figures, () => inWords(figures));
    });
  });
}

function inWords({ scopes }: SpendingFigures): string {
  if (scopes.length === 0) return 'No worker with limits (LEASEHOLD_LIMITS) has leased anything yet.';
  const head = ['Of', 'Leases', 'A month', 'Upfront fees'];
  const rows = scopes.map((figures) => [figures.scope, leases(figures), monthly(figures), upfront(figures)]);
  const unpriced = scopes[0]?.unpriced ?? 0;
  const note = unpriced > 0 ? `\n${unpriced} leases are of unknown price and in no sum.` : '';
  return table(head, rows) + note;
}

function leases({ leases: held, maxLeases }: ScopeFigures): string {
  return maxLeases === undefined ? String(held) : `${held} of ${maxLeases}`;
}

function monthly({ monthly: sums, maxMonthly, currency = '' }: ScopeFigures): string {
  const of = maxMonthly === undefined ? '' : ` of ${formatMoney(maxMonthly, currency)}`;
  const paid = Object.entries(sums).map(
    ([each, sum]) => formatMoney(sum, each) + (each === currency ? of : ''),
  );
  return paid.join(', ') || `nothing${of}`;
}

function upfront({ upfront: spent, maxUpfront, currency = '' }: ScopeFigures): string {
  if (!maxUpfront || spent === undefined) return 'not limited';
  return `${formatMoney(spent, currency)} of ${formatMoney(maxUpfront.amount, currency)} within ${maxUpfront.per}`;
}
