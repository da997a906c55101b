import type { Command } from 'commander';
import type { ExtendAnswer, ExtendRequest } from '../../domain/contract.js';
import type { BulkOptions, LeaseSelection } from '../selection.js';
import { parseExtendRequest } from '../../domain/request.js';
import { actOnMany, selectionOf, withSelection, type SelectionOptions } from './bulk.js';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { extendPlanInWords } from './plan-lease.js';
import { DRY_RUN, showPlan } from './plan-output.js';
import { assertMaySpend, findPlace, withLeasehold } from './session.js';
import { instant } from './tables.js';
import type { Io } from './terminal.js';

interface ExtendOptions extends SpendingOptions, SelectionOptions {
  term?: string;
  until?: string;
}

export function extendCommand(io: Io): Command {
  return withLive(withSelection(withTemporal(command('extend', 'keep a number, or many, for longer'))))
    .argument('[number]', 'the leased number, E.164')
    .option('--term <duration>', 'so much longer than its present end, such as "30 days"')
    .option(
      '--until <instant>',
      'until then: ISO 8601 with its zone, 2027-03-28T02:30[Europe/Berlin] or billing-period-end',
    )
    .option('--dry-run', DRY_RUN)
    .action((number: string | undefined, options: ExtendOptions) => extend(io, number, options));
}

function extend(io: Io, number: string | undefined, options: ExtendOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const select = selectionOf(number, options);
    const { term, until } = options;
    const request: ExtendRequest = parseExtendRequest({ term, until }, Date.now());
    const place = await findPlace(io, terminal, options);
    if (!options.dryRun) assertMaySpend(place, options);
    await withLeasehold(place, options, async (leasehold) => {
      if (select) return actOnMany({ io, terminal, leasehold }, select, options, extending(request));
      const lease = leasehold.lease(number ?? '');
      if (options.dryRun) {
        const plan = await lease.planExtend(request);
        showPlan(terminal, plan, () => extendPlanInWords(plan));
        return;
      }
      terminal.progress('Extending');
      const { expiresAt } = await lease.extend(request);
      const url = lease.url;
      terminal.answer(
        { number: lease.number, expiresAt, url },
        () => `${lease.number} is leased until ${instant(expiresAt)}.${url ? `\n${url}` : ''}`,
      );
    });
  });
}

function extending(request: ExtendRequest) {
  return {
    verb: 'extend',
    done: 'extended',
    money: 'to be paid for it',
    plan: (selection: LeaseSelection, bulk: BulkOptions) => selection.planExtend(request, bulk),
    act: (selection: LeaseSelection, bulk: BulkOptions) => selection.extend(request, bulk),
    answer: ({ expiresAt }: ExtendAnswer) => `until ${instant(expiresAt)}`,
  };
}
