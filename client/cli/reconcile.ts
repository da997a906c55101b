import { Option, type Command } from 'commander';
import type { Labels } from '../../domain/labels.js';
import { POLICIES, type ReconcilePolicy, type ReconcileRequest } from '../../domain/reconciliation.js';
import {
  command,
  inTerminal,
  labelOption,
  listOption,
  parseCount,
  withTemporal,
  type TemporalOptions,
} from './command.js';
import { inWords, summaryOf } from './reconcile-words.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';
import { Found } from './wrong-use.js';

interface ReconcileOptions extends TemporalOptions {
  policy?: ReconcilePolicy;
  ignore?: string[];
  only?: string[];
  delay?: string;
  atMost?: number;
  term?: string;
  settleWindow?: string;
  label?: Labels;
  referencePrefix?: string;
  confirmAfter?: string;
}

const EXIT_CODES = `
Exit codes: 0 nothing found, 1 the pass failed, 2 wrong use, 3 something was found.`;

export function reconcileCommand(io: Io): Command {
  const summary = 'compare what the account leases with who owns it';
  return withTemporal(command('reconcile', summary))
    .addOption(policyOption())
    .addOption(listOption('--ignore <number>', 'a number that is never touched'))
    .addOption(
      listOption('--only <number>', 'a number that may be touched, also if never owned here; no other'),
    )
    .option(
      '--delay <duration>',
      'with terminate: how long each is kept before it goes back (default: 1 day)',
    )
    .option('--at-most <count>', 'with terminate: if there are more, none goes back (default: 5)', parseCount)
    .option('--term <duration>', 'with adopt: give them back after so long; default: when told')
    .option('--settle-window <duration>', 'how long a call whose answer was lost may still act')
    .addOption(labelOption('a label of each lease that is adopted'))
    .option('--reference-prefix <text>', 'the reference of each adopted one is this, a slash and the number')
    .option('--confirm-after <duration>', 'how long a finding must last to be believed (default: 10s)')
    .addHelpText('after', EXIT_CODES)
    .action((options: ReconcileOptions) => reconcile(io, options));
}

function policyOption(): Option {
  const summary = 'what is done about numbers that nobody owns (default: report)';
  return new Option('--policy <policy>', summary).choices(POLICIES.orphan);
}

function reconcile(io: Io, options: ReconcileOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const request = requestOf(options);
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      terminal.progress('Comparing what is leased with who owns it');
      const report = await leasehold.reconcile(request);
      terminal.answer(report, () => inWords(report));
      const found = summaryOf(report);
      if (found !== undefined) throw new Found(found);
    });
  });
}

const PASSED_ON = [
  'ignore',
  'only',
  'delay',
  'atMost',
  'term',
  'settleWindow',
  'referencePrefix',
  'confirmAfter',
] as const;

function requestOf({ policy, label: labels, ...options }: ReconcileOptions): ReconcileRequest {
  const given = PASSED_ON.filter((field) => options[field] !== undefined);
  return {
    ...(policy && { policies: { orphan: policy } }),
    ...(labels && { labels }),
    ...Object.fromEntries(given.map((field) => [field, options[field]])),
  };
}
