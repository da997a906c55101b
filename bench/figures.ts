/** Figures of a report, from the samples of a run. */
import type { BatchSample, LifeSample, Turn } from './measure.js';
import { TURNS, WAYS, type Way } from './measure.js';
import { spreadOf, type Spread } from './stats.js';

/** One row: what is measured, and how each turn did. A figure that a way does not have is absent. */
export interface Figure {
  name: string;
  unit: string;
  values: Partial<Record<Column, Spread>>;
}

export const COLUMNS = ['bare', 'textbook', 'product', 'product warm'] as const;
export type Column = (typeof COLUMNS)[number];

function columnOf({ way, inventory }: Turn): Column {
  return inventory === 'warm' ? 'product warm' : way;
}

type OfLife = (sample: LifeSample) => number | undefined;

export const usable: OfLife = ({ usableMs }) => usableMs;
export const whole: OfLife = ({ wholeMs, history }) => wholeMs - (history?.waitedMs ?? 0);

const LIFE_FIGURES: [name: string, unit: string, of: OfLife][] = [
  ['time to a usable number', 'ms', usable],
  ['whole life, less its durable waits', 'ms', whole],
  ['API calls', '', ({ calls }) => calls],
  ['Temporal actions', '', ({ history }) => history?.actions],
  ['history events', '', ({ history }) => history?.events],
  ['workflow tasks', '', ({ history }) => history?.workflowTasks],
];

/** Of lives one after the other, at one round trip. */
export function lifeFigures(samples: readonly LifeSample[]): Figure[] {
  return LIFE_FIGURES.map(([name, unit, of]) => {
    const values = TURNS.map((turn) => {
      const column = columnOf(turn);
      const measured = samples.filter((sample) => columnOf(sample) === column).map(of);
      return [column, spread(measured)] as const;
    });
    return { name, unit, values: present(values) };
  });
}

type OfBatch = (sample: BatchSample) => number | undefined;
const perLife = (of: OfBatch): OfBatch => {
  return (sample) => {
    const all = of(sample);
    return all === undefined || sample.done === 0 ? undefined : all / sample.done;
  };
};

const BATCH_FIGURES: [name: string, unit: string, of: OfBatch][] = [
  ['lives that were over, of all that were wanted', '%', ({ done, lives }) => (100 * done) / lives],
  ['lives a second', '', ({ done, seconds }) => done / seconds],
  ['usable numbers a second', '', ({ lives, usableSeconds }) => quotient(lives, usableSeconds)],
  ['CPU of worker or script, a life', 'ms', perLife(({ cpuMs }) => cpuMs.worker)],
  ['CPU of the Temporal server, a life', 'ms', perLife(({ cpuMs }) => cpuMs.server)],
  [
    'CPU of the caller, a life',
    'ms',
    perLife(({ cpuMs, way }) => (way === 'bare' ? undefined : cpuMs.client)),
  ],
  ['API calls, a life', '', perLife(({ calls }) => calls)],
];

/** Of many lives at once. */
export function batchFigures(samples: readonly BatchSample[]): Figure[] {
  return BATCH_FIGURES.map(([name, unit, of]) => {
    const values = WAYS.map((way: Way) => {
      return [way, spread(samples.filter((sample) => sample.way === way).map(of))] as const;
    });
    return { name, unit, values: present(values) };
  });
}

/** Round by round, so that both sides met the same noise. */
export function lifeRatio(
  samples: readonly LifeSample[],
  of: OfLife,
  above: Column,
  below: Column,
): Spread | undefined {
  const valueOf = (column: Column, round: number) =>
    samples.filter((sample) => sample.round === round && columnOf(sample) === column).map(of)[0];
  const rounds = [...new Set(samples.map(({ round }) => round))];
  return spread(rounds.map((round) => quotient(valueOf(above, round), valueOf(below, round))));
}

export function batchRatio(samples: readonly BatchSample[], above: Way, below: Way): Spread | undefined {
  const rate = (way: Way, round: number) =>
    samples
      .filter((sample) => sample.way === way && sample.round === round)
      .map(({ done, seconds }) => done / seconds)[0];
  const rounds = [...new Set(samples.map(({ round }) => round))];
  return spread(rounds.map((round) => quotient(rate(above, round), rate(below, round))));
}

function quotient(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below;
}

function spread(values: (number | undefined)[]): Spread | undefined {
  const measured = values.filter((value) => value !== undefined);
  return measured.length === 0 ? undefined : spreadOf(measured);
}

function present(values: (readonly [Column, Spread | undefined])[]): Figure['values'] {
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
