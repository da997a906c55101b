import type { Command } from 'commander';
import type { Labels } from '../../domain/labels.js';
import { formatMoney } from '../../domain/money.js';
import type { Leasehold } from '../leasehold.js';
import type { BulkOptions, BulkPlan, BulkReport, LeaseSelection, SelectOptions, Sums } from '../selection.js';
import { labelOption } from './command.js';
import { table } from './tables.js';
import type { Io, Terminal } from './terminal.js';
import { Refused, WrongUse } from './wrong-use.js';

/** Options by which a command is about many leases instead of one number. */
export interface SelectionOptions {
  label?: Labels;
  query?: string;
  yes?: boolean;
  dryRun?: boolean;
}

export function withSelection(target: Command): Command {
  return target
    .addOption(labelOption('instead of a number: all open leases with this label'))
    .option('--query <filter>', "instead of a number: all open leases that fit Temporal's list filter")
    .option('--yes', 'with --label or --query: do not ask first');
}

/** Undefined where one number is meant; it is one or the other. */
export function selectionOf(
  number: string | undefined,
  { label: labels, query, yes }: SelectionOptions,
): SelectOptions | undefined {
  const many = labels !== undefined || query !== undefined;
  if (many === (number !== undefined)) throw new WrongUse('name a number, or give --label or --query');
  if (!many && yes) throw new WrongUse('--yes goes with --label or --query');
  return many ? { ...(labels && { labels }), ...(query !== undefined && { query }) } : undefined;
}

/** An act on many leases, in the words of a person. */
interface Act<Plan, Answer> {
  /** `give back`. */
  verb: string;
  /** `given back`. */
  done: string;
  /** What the plan's money is. */
  money: string;
  plan: (selection: LeaseSelection, options: BulkOptions) => Promise<BulkPlan<Plan>>;
  act: (selection: LeaseSelection, options: BulkOptions) => Promise<BulkReport<Answer>>;
  /** One answer, for a column. */
  answer: (answer: Answer) => string;
}

/** Shows how many and how much money it is about, asks, and then does it. */
export async function actOnMany<Plan, Answer>(
  { io, terminal, leasehold }: { io: Io; terminal: Terminal; leasehold: Leasehold },
  select: SelectOptions,
  options: SelectionOptions,
  act: Act<Plan, Answer>,
): Promise<void> {
  terminal.progress('Reading the leases');
  const selection = await leasehold.select(select);
  const plan = await act.plan(selection, counting(terminal, 'Asking what it would do'));
  const words = planInWords(plan, act);
  if (options.dryRun) {
    terminal.answer(plan, () => `${words}\nNothing was changed.`);
    return;
  }
  terminal.quiet();
  if (plan.count > 0 && !options.yes) await confirm(io, terminal, words, act.verb);
  const report = await act.act(selection, counting(terminal, `To ${act.verb}`));
  terminal.answer({ ...report, monthly: plan.monthly, money: plan.money }, () => reportInWords(report, act));
  if (report.counts.refused > 0) throw new Refused(report.counts.refused, act.done);
}

/** Numbers that are lost are lost for good: without somebody who can say so, nothing is done. */
async function confirm(io: Io, terminal: Terminal, words: string, verb: string): Promise<void> {
  if (!io.ask) throw new WrongUse(`${words.split('\n').at(-1) ?? ''} Give --yes to do so unasked`);
  terminal.note(words);
  if (!(await io.ask(`${verb.charAt(0).toUpperCase()}${verb.slice(1)} all of them?`)))
    throw new WrongUse('not confirmed: nothing was changed');
}

function counting(terminal: Terminal, what: string): BulkOptions {
  return { onProgress: (done, of) => terminal.progress(`${what}: ${tens(done, of)} of ${of}`) };
}

/** Where no line can be moved, each step would be a line. */
function tens(done: number, of: number): number {
  const step = Math.max(1, Math.ceil(of / 10));
  return done === of ? of : Math.floor(done / step) * step;
}

function planInWords<Plan>(
  { count, refused, monthly, money, leases }: BulkPlan<Plan>,
  { done, money: what }: { done: string; money: string },
): string {
  if (count === 0) return 'No open lease fits.';
  const rows = leases.map(({ number, reference, failure }) => [number, reference, failure?.message ?? '']);
  const kept = refused > 0 ? ` ${refused} more would not be ${done}.` : '';
  const sums = `${inWords(monthly)} a month; ${what}: ${inWords(money)}.`;
  return `${table(['Number', 'Reference', 'Why not'], rows)}\nTo be ${done}: ${count - refused} leases, ${sums}${kept}`;
}

function reportInWords<Answer>(
  { counts, leases }: BulkReport<Answer>,
  { answer, done }: Pick<Act<unknown, Answer>, 'answer' | 'done'>,
): string {
  if (leases.length === 0) return 'No open lease fits.';
  const rows = leases.map((lease) => [
    lease.number,
    lease.reference,
    lease.failure?.message ?? (lease.answer === undefined ? '' : answer(lease.answer)),
  ]);
  const others = counts.refused > 0 ? `, ${counts.refused} refused` : '';
  return `${table(['Number', 'Reference', 'Outcome'], rows)}\n${counts.done} ${done}${others}.`;
}

function inWords(sums: Sums): string {
  const words = Object.entries(sums).map(([currency, sum]) => formatMoney(sum, currency));
  return words.join(', ') || 'nothing';
}
