import { Option, type Command } from 'commander';
import type { Labels } from '../../domain/labels.js';
import {
  POLICIES,
  type FindingKind,
  type ReconcilePolicy,
  type ReconcileReport,
  type ReconcileRequest,
  type ReconcileScheduleRequest,
} from '../../domain/reconciliation.js';
import { LeaseholdError } from '../errors.js';
import type { Leasehold } from '../leasehold.js';
import {
  command,
  inTerminal,
  labelOption,
  listOption,
  parseCount,
  withTemporal,
  type TemporalOptions,
} from './command.js';
import { inWords, lastInWords, scheduleInWords, summaryOf } from './reconcile-words.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io, Terminal } from './terminal.js';
import { Found, WrongUse } from './wrong-use.js';

type ScheduleMode = 'pause' | 'resume' | 'delete' | 'last';

interface ReconcileOptions extends TemporalOptions, Partial<Record<ScheduleMode, boolean>> {
  every?: string;
  policy?: ReconcilePolicy;
  unclaimedPolicy?: ReconcilePolicy<'unclaimed'>;
  ghostPolicy?: ReconcilePolicy<'ghost'>;
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

const MODES = ['every', 'last', 'pause', 'resume', 'delete'] as const;

const EXIT_CODES = `
Exit codes: 0 nothing found, 1 the pass failed, 2 wrong use, 3 something was found. The same with --last.`;

export function reconcileCommand(io: Io): Command {
  const summary = 'compare what the account leases with who owns it';
  return withTemporal(command('reconcile', summary))
    .addOption(policyOption('--policy', 'orphan', 'numbers that nobody owns'))
    .addOption(
      policyOption('--unclaimed-policy', 'unclaimed', 'numbers whose request was ended from outside'),
    )
    .addOption(policyOption('--ghost-policy', 'ghost', 'runs whose number is not leased'))
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
    .option(
      '--every <duration>',
      'not now, but by a Temporal Schedule every so often; changes the one there is',
    )
    .option('--last', "what the Schedule's last pass found, and when the next one is due")
    .option('--pause', 'pause the Schedule')
    .option('--resume', 'resume the Schedule')
    .option('--delete', 'delete the Schedule')
    .addHelpText('after', EXIT_CODES)
    .action((options: ReconcileOptions) => reconcile(io, options));
}

function policyOption(flag: string, kind: FindingKind, what: string): Option {
  const choices = [...POLICIES[kind]];
  return new Option(`${flag} <policy>`, `what is done about ${what} (default: report)`).choices(choices);
}

function reconcile(io: Io, options: ReconcileOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const request = requestOf(options);
    const mode = modeOf(options, request);
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      if (mode === 'now') await passNow(leasehold, terminal, request);
      else if (mode === 'last') await last(leasehold, terminal);
      else if (mode === 'every') await every(leasehold, terminal, { every: options.every ?? '', ...request });
      else await change(leasehold, terminal, mode);
    });
  });
}

/** One of them at a time; what only looks at the Schedule, or stops it, takes nothing that a pass could be asked. */
function modeOf(options: ReconcileOptions, request: ReconcileRequest): ScheduleMode | 'every' | 'now' {
  const [mode = 'now', second] = MODES.filter((name) => options[name] !== undefined);
  if (second) throw new WrongUse(`--${mode} and --${second} cannot be given together`);
  if (mode !== 'now' && mode !== 'every' && Object.keys(request).length > 0)
    throw new WrongUse(`--${mode} is given alone: it asks for no pass`);
  return mode;
}

async function passNow(leasehold: Leasehold, terminal: Terminal, request: ReconcileRequest): Promise<void> {
  terminal.progress('Comparing what is leased with who owns it');
  const report = await leasehold.reconcile(request);
  terminal.answer(report, () => inWords(report));
  tellIfFound(report);
}

async function every(
  leasehold: Leasehold,
  terminal: Terminal,
  asked: ReconcileScheduleRequest,
): Promise<void> {
  const schedule = await leasehold.scheduleReconcile(asked);
  terminal.answer(schedule, () => scheduleInWords(schedule));
}

async function last(leasehold: Leasehold, terminal: Terminal): Promise<void> {
  const schedule = await leasehold.reconcileSchedule();
  if (!schedule) throw new WrongUse('nothing is scheduled: `leasehold reconcile --every 10m` does that');
  terminal.answer(schedule, () => lastInWords(schedule));
  const { report, failure } = schedule.last ?? {};
  if (failure) throw new LeaseholdError(failure.type, `the last pass failed: ${failure.message}`);
  if (report) tellIfFound(report);
}

async function change(
  leasehold: Leasehold,
  terminal: Terminal,
  mode: Exclude<ScheduleMode, 'last'>,
): Promise<void> {
  if (mode === 'pause') await leasehold.pauseReconcile();
  else if (mode === 'resume') await leasehold.resumeReconcile();
  else await leasehold.deleteReconcile();
  const schedule = (await leasehold.reconcileSchedule()) ?? null;
  terminal.answer({ schedule }, () => (schedule ? scheduleInWords(schedule) : 'The Schedule is deleted.'));
}

function tellIfFound(report: ReconcileReport): void {
  const found = summaryOf(report);
  if (found !== undefined) throw new Found(found);
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

function requestOf(options: ReconcileOptions): ReconcileRequest {
  const { policy: orphan, unclaimedPolicy: unclaimed, ghostPolicy: ghost, label: labels } = options;
  const policies = {
    ...(orphan && { orphan }),
    ...(unclaimed && { unclaimed }),
    ...(ghost && { ghost }),
  };
  const given = PASSED_ON.filter((field) => options[field] !== undefined);
  return {
    ...(Object.keys(policies).length > 0 && { policies }),
    ...(labels && { labels }),
    ...Object.fromEntries(given.map((field) => [field, options[field]])),
  };
}
