import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ProvisionRequest } from '../../domain/contract.js';
import type { ManyBudget, ManyCounts, ManyRequest } from '../../domain/many.js';
import { formatMoney } from '../../domain/money.js';
import type { Leasehold } from '../leasehold.js';
import type { Batch, BatchReport } from '../many.js';
import { parseNumber } from './command.js';
import { state as stateWord, table } from './tables.js';
import type { Terminal } from './terminal.js';
import { Refused, WrongUse } from './wrong-use.js';

/** Options that ask for more than one number. They are checked with the request, which names what is wrong. */
export interface ManyOptions {
  count?: number;
  window?: number;
  stopAfterFailures?: number;
  budgetMonthly?: number;
  budgetUpfront?: number;
}

const LOOK_EVERY_MS = 1_000;

export function withMany(target: Command): Command {
  return target
    .option('--count <n>', 'so many numbers, each under the reference with -1 to -n behind it', parseNumber)
    .option('--window <n>', 'with --count: so many under way at a time (default: 10)', parseNumber)
    .option('--stop-after-failures <n>', 'with --count: start no more after so many', parseNumber)
    .option('--budget-monthly <amount>', 'with --count: what all may cost a month together', parseNumber)
    .option('--budget-upfront <amount>', 'with --count: what all may cost upfront together', parseNumber);
}

/** Undefined where one number is asked for. */
export function manyOf(request: ProvisionRequest, options: ManyOptions): ManyRequest | undefined {
  const { count, window, stopAfterFailures, budgetMonthly: maxMonthly, budgetUpfront: maxUpfront } = options;
  const budget: ManyBudget = {
    ...(maxMonthly !== undefined && { maxMonthly }),
    ...(maxUpfront !== undefined && { maxUpfront }),
  };
  const given = {
    ...(count !== undefined && { count }),
    ...(window !== undefined && { window }),
    ...(stopAfterFailures !== undefined && { stopAfterFailures }),
    ...(Object.keys(budget).length > 0 && { budget }),
  };
  if (count !== undefined || 'count' in request) return { ...request, ...given } as ManyRequest;
  if (Object.keys(given).length > 0)
    throw new WrongUse('--window, --stop-after-failures and the budgets go with --count');
  return undefined;
}

export async function provisionMany(
  terminal: Terminal,
  leasehold: Leasehold,
  request: ManyRequest,
  wait: boolean,
): Promise<void> {
  const batch = await leasehold.startProvisionMany(request);
  const { reference, runId, url } = batch;
  if (wait) return showBatch(terminal, batch);
  terminal.answer(
    { reference, runId, url },
    () => `Started ${request.count} for reference ${reference}.${url ? `\n${url}` : ''}`,
  );
}

/** Waits for the end of a batch and says what came of it; fails where items are missing. */
export async function showBatch(terminal: Terminal, batch: Batch): Promise<void> {
  if (batch.url) terminal.note(batch.url);
  const report = await watchBatch(terminal, batch);
  showReport(terminal, report, batch.url);
  const missing = report.count - report.counts.leased;
  if (missing > 0) throw new Refused(missing, 'leased');
}

export function showReport(terminal: Terminal, report: BatchReport, url?: string): void {
  terminal.answer({ ...report, ...(url !== undefined && { url }) }, () => inWords(report));
}

export async function watchBatch(terminal: Terminal, batch: Batch): Promise<BatchReport> {
  const over = new AbortController();
  const result = batch.result().finally(() => over.abort());
  terminal.progress(`Leasing for ${batch.reference}`);
  void watch(terminal, batch, over.signal);
  try {
    return await result;
  } finally {
    terminal.quiet();
  }
}

async function watch(terminal: Terminal, batch: Batch, over: AbortSignal): Promise<void> {
  const isOver = (): boolean => over.aborted;
  while (!isOver()) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    const seen = isOver() ? undefined : await batch.progress().catch(() => undefined);
    if (!isOver()) terminal.progress(seen ? progressOf(seen) : 'Waiting for a worker to take it up');
  }
}

function progressOf({ counts, count, stopped }: BatchReport): string {
  const done = `${counts.leased} of ${count} leased`;
  return `${[done, ...others(counts)].join(', ')}${stopped ? `; stopped: ${stopped.message}` : ''}`;
}

function others({ failed, cancelled, underway, notStarted }: ManyCounts): string[] {
  const words: [number, string][] = [
    [failed, 'failed'],
    [cancelled, 'cancelled'],
    [underway, 'under way'],
    [notStarted, 'not started'],
  ];
  return words.flatMap(([sum, word]) => (sum > 0 ? [`${sum} ${word}`] : []));
}

function inWords(report: BatchReport): string {
  const { items, failures, reference, count, counts, stopped } = report;
  const told = new Map(failures.map(({ item, failure }) => [item, failure.message]));
  const rows = items.map((item, at) => [
    item.reference,
    stateWord(item.state),
    item.number ?? told.get(at + 1) ?? item.failure ?? '',
  ]);
  const costs = [
    [sumsOf(report.monthly), 'a month'],
    [sumsOf(report.upfront), 'upfront'],
  ].flatMap(([sum, what]) => (sum ? [`${sum} ${what ?? ''}`] : []));
  return [
    table(['Reference', 'State', 'Number, or why not'], rows),
    `${[`${counts.leased} of ${count} leased`, ...others(counts)].join(', ')}. Cost: ${costs.join(', ') || 'nothing'}.`,
    ...(stopped ? [`Stopped (${stopped.why}): ${stopped.message}.`] : []),
    ...(counts.leased < count && report.state === 'done'
      ? [`The same command again goes on with what is missing for ${reference}.`]
      : []),
  ].join('\n');
}

/** `35.88 USD, 3.00 GBP`; empty where it is nothing. */
function sumsOf(sums: Record<string, number>): string {
  return Object.entries(sums)
    .map(([currency, sum]) => formatMoney(sum, currency))
    .join(', ');
}
