import { COLUMNS, lifeFigures, type Column } from './figures.js';
import type { Results } from './results.js';
import type { Spread } from './stats.js';

const COLOURS: Record<Column, string> = {
  bare: '#9aa5b1',
  textbook: '#e0a458',
  product: '#2f6f9f',
  'product warm': '#7fb3d5',
};
const NAMES: Record<Column, string> = {
  bare: 'bare script',
  textbook: 'textbook Temporal',
  product: 'Leasehold',
  'product warm': 'Leasehold, warm inventory',
};
const WIDTH = 760;
const LEFT = 190;
const RIGHT = 70;
const BAR = 18;
const GAP = 34;
const TOP = 40;

interface Bar {
  column: Column;
  spread: Spread;
}

/** Bars of the time to a usable number at every round trip: the median, with a line from the least to the most. */
export function chartOf({ lives }: Results): string {
  const roundTrips = [...new Set(lives.map(({ roundTripMs }) => roundTripMs))].sort((a, b) => a - b);
  const groups = roundTrips.map((roundTripMs) => {
    const [usable] = lifeFigures(lives.filter((life) => life.roundTripMs === roundTripMs));
    const bars = COLUMNS.flatMap((column): Bar[] => {
      const spread = usable?.values[column];
      return spread ? [{ column, spread }] : [];
    });
    return { roundTripMs, bars };
  });
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ spread }) => spread.max)));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const parts: string[] = [];
  let y = TOP;
  for (const { roundTripMs, bars } of groups) {
    parts.push(text(8, y + 13, `API round trip ${roundTripMs} ms`, 'bold'));
    y += 22;
    for (const bar of bars) {
      parts.push(barOf(bar, y, scale));
      y += BAR + 4;
    }
    y += GAP - 22;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    text(8, 20, 'Time from the call to a usable number, milliseconds (median; line: least to most)', 'bold'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function barOf({ column, spread }: Bar, y: number, scale: number): string {
  const { median, min, max } = spread;
  const at = (value: number) => (LEFT + value * scale).toFixed(1);
  const middle = y + BAR / 2;
  return [
    text(24, y + 13, NAMES[column]),
    `<rect x="${LEFT}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}" fill="${COLOURS[column]}"/>`,
    `<line x1="${at(min)}" x2="${at(max)}" y1="${middle}" y2="${middle}" stroke="#333333"/>`,
    text(Number(at(max)) + 6, y + 13, Math.round(median).toString()),
  ].join('\n');
}

function text(x: number, y: number, words: string, weight = 'normal'): string {
  return `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}" fill="#222222">${words}</text>`;
}
