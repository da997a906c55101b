/** How the vendor writes what its documentation leaves open. Holds for a whole world, so its answers agree with each other. */
import { z } from 'zod';
import { draw } from './draw.js';

const GRAINS_MS = { ms: 1, s: 1_000, min: 60_000, day: 86_400_000 };
export const TIME_GRAINS = ['ms', 's', 'min', 'day'] as const;
export const TIME_FORMS = ['s', 'ms', 'iso', 'text', 'missing'] as const;
export const PHONE_FORMS = ['e164', 'digits', 'formatted'] as const;

const timeFormat = z.strictObject({
  /** What a time is rounded down to. */
  grain: z.enum(TIME_GRAINS),
  /** Epoch seconds, epoch milliseconds, ISO 8601, epoch seconds as a string, or no time at all. */
  form: z.enum(TIME_FORMS),
});
export type TimeFormat = z.infer<typeof timeFormat>;

export const share = z
  .number('must be a share, 0 to 1')
  .min(0, 'must be a share, 0 to 1')
  .max(1, 'must be a share, 0 to 1');

/** The defaults are what the vendor's documentation shows. */
export const dialectSchema = z.strictObject({
  /** Starts of billing periods, and ends of leases. */
  leaseTimes: timeFormat.default({ grain: 's', form: 's' }),
  envelopeTimes: timeFormat.default({ grain: 'ms', form: 'ms' }),
  /** Texts, in histories and one by one. */
  historyTimes: timeFormat.default({ grain: 'ms', form: 'ms' }),
  webhookTimes: timeFormat.default({ grain: 's', form: 's' }),
  /** Senders and recipients, in histories and webhooks. */
  phoneNumbers: z.enum(PHONE_FORMS).default('e164'),
  /** Share of the rows of lists that come twice, always the same ones. */
  doubledRows: share.default(0),
  /** Share of the rows of lists that cannot be read, always the same ones. */
  unreadableRows: share.default(0),
});
export type Dialect = z.infer<typeof dialectSchema>;

/** A time as the vendor writes it; undefined: it is left out. */
export function writeTime(at: number, { grain, form }: TimeFormat): number | string | undefined {
  const rounded = Math.floor(at / GRAINS_MS[grain]) * GRAINS_MS[grain];
  if (form === 'missing') return undefined;
  if (form === 'iso') return isoOf(rounded, grain);
  if (form === 'ms') return rounded;
  const seconds = Math.floor(rounded / 1_000);
  return form === 'text' ? String(seconds) : seconds;
}

function isoOf(at: number, grain: TimeFormat['grain']): string {
  const iso = new Date(at).toISOString();
  if (grain === 'day') return iso.slice(0, 'yyyy-mm-dd'.length);
  if (grain === 'min') return `${iso.slice(0, 'yyyy-mm-ddThh:mm'.length)}Z`;
  return grain === 's' ? iso.replace('.000Z', 'Z') : iso;
}

export function writePhone(number: string, form: Dialect['phoneNumbers']): string {
  if (form === 'digits') return number.replace('+', '');
  return form === 'formatted' ? formatted(number) : number;
}

/** As people write it: `+1 (415) 555-0123`. */
export function formatted(number: string): string {
  if (!number.startsWith('+1')) return `${number.slice(0, 3)} ${number.slice(3)}`;
  return `+1 (${number.slice(2, 5)}) ${number.slice(5, 8)}-${number.slice(8)}`;
}

/** Rows of a list as they arrive: some twice, some unreadable. What is drawn for a row depends on its key. */
export function writeRows<Row extends object>(
  rows: Row[],
  keyOf: (row: Row) => string,
  { doubledRows, unreadableRows }: Dialect,
): object[] {
  if (doubledRows === 0 && unreadableRows === 0) return rows;
  return rows.flatMap((row) => {
    const key = keyOf(row);
    const written = draw('unreadable row', key) < unreadableRows ? unreadableRow(row) : row;
    return draw('doubled row', key) < doubledRows ? [written, written] : [written];
  });
}

/** Nothing in it says any more which number or text it is about. */
export function unreadableRow(row: object): object {
  const { length } = Object.keys(row);
  return { unreadable: length };
}
