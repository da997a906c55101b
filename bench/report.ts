/** The results of a run as Markdown, for docs/performance.md and for the terminal. */
import {
  batchFigures,
  batchRatio,
  COLUMNS,
  lifeFigures,
  lifeRatio,
  usable,
  whole,
  type Column,
  type Figure,
} from './figures.js';
import type { BatchSample, LifeSample } from './measure.js';
import { machineInWords, type Results } from './results.js';
import type { Spread } from './stats.js';

const HEADS: Record<Column, string> = {
  bare: 'bare script',
  textbook: 'textbook Temporal',
  product: 'Leasehold',
  'product warm': 'Leasehold, warm inventory',
};

export function reportOf(results: Results): string {
  const roundTrips = distinct(results.lives.map(({ roundTripMs }) => roundTripMs));
  return [
    inWords(results),
    ...roundTrips.map((roundTripMs) => lifeSection(results.lives, roundTripMs)),
    ...batchSections(results.batches),
    peakSection(results),
    ratioSection(results),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function inWords({ takenAt, machine, servers, lives, batches, mode }: Results): string {
  const { load } = machine;
  const rounds = Math.max(0, ...[...lives, ...batches].map(({ round }) => round));
  return [
    `Measured on ${takenAt.slice(0, 10)} (${mode} run, ${rounds} rounds): ${machineInWords(machine)}.`,
    `Load of the machine (1 minute): ${load.before} before, ${load.after} at the end.`,
    `Leasehold: ${servers.product}. Textbook: ${servers.textbook}.`,
    'Each cell: median (least – most).',
  ].join('\n');
}

function lifeSection(lives: readonly LifeSample[], roundTripMs: number): string {
  const samples = lives.filter((life) => life.roundTripMs === roundTripMs);
  return section(`One life at a time, API round trip ${roundTripMs} ms`, lifeFigures(samples), COLUMNS);
}

function batchSections(batches: readonly BatchSample[]): string[] {
  return distinct(batches.map(({ atOnce }) => atOnce)).map((atOnce) => {
    const samples = batches.filter((batch) => batch.atOnce === atOnce);
    const [first] = samples;
    const title = `${first?.lives ?? 0} lives, ${atOnce} at once, API round trip ${first?.roundTripMs ?? 0} ms`;
    return section(title, batchFigures(samples), ['bare', 'textbook', 'product']);
  });
}

function peakSection({ peaks }: Results): string {
  if (peaks.length === 0) return '';
  const rows = peaks.map(({ way, atOnce, workerMiB, serverMiB }) => [
    `${HEADS[way]}, ${atOnce} at once`,
    Math.round(workerMiB).toString(),
    serverMiB === undefined ? '–' : Math.round(serverMiB).toString(),
  ]);
  return `### Peak memory, MiB\n\n${table(['', 'worker or script', 'Temporal server'], rows)}`;
}

function ratioSection(results: Results): string {
  const at = (roundTripMs: number) => results.lives.filter((life) => life.roundTripMs === roundTripMs);
  const roundTrips = distinct(results.lives.map(({ roundTripMs }) => roundTripMs));
  const row = (name: string, ...values: (Spread | undefined)[]) => [
    name,
    ...values.map((value) => cell(value)),
  ];
  const ofLife = (of: typeof usable, name: string, column: Column, roundTripMs: number) =>
    row(
      `${name}, ${roundTripMs} ms`,
      lifeRatio(at(roundTripMs), of, column, 'bare'),
      lifeRatio(at(roundTripMs), of, column, 'textbook'),
    );
  const rows = [
    ...roundTrips.map((ms) => ofLife(usable, 'time to a usable number', 'product', ms)),
    ...roundTrips.map((ms) => ofLife(usable, 'the same, warm inventory', 'product warm', ms)),
    ...roundTrips.map((ms) => ofLife(whole, 'whole life less its waits', 'product', ms)),
    ...distinct(results.batches.map(({ atOnce }) => atOnce)).map((atOnce) => {
      const samples = results.batches.filter((batch) => batch.atOnce === atOnce);
      return row(
        `lives a second, ${atOnce} at once`,
        batchRatio(samples, 'product', 'bare'),
        batchRatio(samples, 'product', 'textbook'),
      );
    }),
  ];
  return `### Leasehold over the others, round by round\n\n${table(['', 'over the bare script', 'over textbook Temporal'], rows)}`;
}

function section(title: string, figures: readonly Figure[], columns: readonly Column[]): string {
  const rows = figures.map(({ name, unit, values }) => [
    unit === '' ? name : `${name}, ${unit}`,
    ...columns.map((column) => cell(values[column])),
  ]);
  return `### ${title}\n\n${table(['', ...columns.map((column) => HEADS[column])], rows)}`;
}

function cell(spread: Spread | undefined): string {
  if (!spread) return '–';
  const { median, min, max } = spread;
  return min === max ? short(median) : `${short(median)} (${short(min)} – ${short(max)})`;
}

function short(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toString();
  return value.toFixed(value >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) =>
    Math.max(3, text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
