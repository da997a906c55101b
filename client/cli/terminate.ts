import type { Command } from 'commander';
import type { TerminateAnswer, TerminateRequest } from '../../domain/contract.js';
import type { Lease } from '../lease.js';
import type { BulkOptions, LeaseSelection } from '../selection.js';
import { actOnMany, selectionOf, withSelection, type SelectionOptions } from './bulk.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { followLease } from './follow.js';
import { terminatePlanInWords } from './plan-lease.js';
import { DRY_RUN, showPlan } from './plan-output.js';
import { findPlace, withLeasehold } from './session.js';
import { clock, instant } from './tables.js';
import type { Io, Terminal } from './terminal.js';
import { WrongUse } from './wrong-use.js';

interface TerminateOptions extends TemporalOptions, SelectionOptions {
  reason?: string;
  sameAccount?: true;
  grace?: string;
  wait?: boolean;
}

export function terminateCommand(io: Io): Command {
  return withSelection(withTemporal(command('terminate', 'give a number back, or many')))
    .argument('[number]', 'the leased number, E.164')
    .option('--reason <text>', 'why, for the log')
    .option(
      '--same-account',
      'vouch that the present API key is of the account that leased it, where the run asks',
    )
    .option(
      '--grace <duration>',
      'keep it restorable for so long, such as "1h"; "none": give it back at once',
    )
    .option('--wait', 'wait until its release is proven')
    .option('--dry-run', DRY_RUN)
    .action((number: string | undefined, options: TerminateOptions) => terminate(io, number, options));
}

function terminate(io: Io, number: string | undefined, options: TerminateOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const select = selectionOf(number, options);
    if (select && options.wait) throw new WrongUse('--wait is for one number');
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      if (select) return actOnMany({ io, terminal, leasehold }, select, options, givingBack(options));
      const lease = leasehold.lease(number ?? '');
      terminal.progress('Asking');
      if (options.dryRun) {
        const plan = await lease.planTerminate(requestOf(options));
        showPlan(terminal, plan, () => terminatePlanInWords(plan));
        return;
      }
      const { state, releasesAt } = await lease.terminate(requestOf(options));
      if (options.wait) return showReleased(terminal, lease);
      const { url } = lease;
      terminal.answer({ number, state, releasesAt, url }, () => {
        const undo =
          releasesAt && ` It goes back ${instant(releasesAt)}; until then: leasehold restore ${number}`;
        return `${number}: ${state}.${undo ?? ''}${url ? `\n${url}` : ''}`;
      });
    });
  });
}

function givingBack(options: TerminateOptions) {
  const request = requestOf(options);
  return {
    verb: 'give back',
    done: 'given back',
    money: 'lost of what is paid',
    plan: (selection: LeaseSelection, bulk: BulkOptions) => selection.planTerminate(request, bulk),
    act: (selection: LeaseSelection, bulk: BulkOptions) => selection.terminate(request, bulk),
    answer: ({ state, releasesAt }: TerminateAnswer) =>
      releasesAt === undefined ? state : `goes back ${instant(releasesAt)}`,
  };
}

function requestOf({ reason, sameAccount, grace }: TerminateOptions): TerminateRequest {
  return {
    ...(reason !== undefined && { reason }),
    ...(sameAccount && { sameAccount }),
    ...(grace !== undefined && { grace }),
  };
}

async function showReleased(terminal: Terminal, lease: Lease): Promise<void> {
  const { url } = lease;
  if (url) terminal.note(url);
  const result = await followLease(lease, {
    step: () => undefined,
    next: (why) => terminal.progress(`Waiting for the release: ${why}`),
  });
  terminal.answer({ ...result, url }, () => {
    if (result.releasedAt === null) return `${lease.number}: nothing was leased (${result.reason}).`;
    return `${lease.number} is released, proven at ${clock(result.releasedAt)} UTC after ${result.polls} looks.`;
  });
}
