/** The middle of what was measured, and how far it spreads. */
export interface Spread {
  median: number;
  /** The least and the most. */
  min: number;
  max: number;
  /** How many were measured. */
  n: number;
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  const median = (at(Math.floor(half)) + at(Math.ceil(half))) / 2;
  const { length: n } = sorted;
  return { median, min: at(0), max: at(n - 1), n };
}
