/**
 * What the vendor's text history proves about one text of ours. The history names no ids, so rows are counted: texts that
 * are known to be sent explain rows one for one. Times decide only where the vendor's clock surely orders them.
 */
import { isSameNumber, type PhoneNumber } from './phone-number.js';
import { isSurelyBefore, VENDOR_SKEW_MS } from './vendor-time.js';

/** A row of the history as the vendor writes it; what cannot be read is absent. */
export interface VendorRow {
  to?: string | undefined;
  from?: string | undefined;
  message?: string | undefined;
  /** The vendor's clock, epoch milliseconds. */
  timestamp?: number | undefined;
}

/** The text that is looked for. Times of the vendor's clock, epoch milliseconds. */
export interface SoughtText {
  from: PhoneNumber;
  to: PhoneNumber;
  /** Rows that are surely older are not of this lease. */
  since?: number;
  /** A response of the vendor's that came before the text was first sent: rows that are surely older are other texts. */
  notBefore?: number;
}

/** A row of this lease that may be the text. */
export interface HistoryRow {
  /** Digest of its words; absent: it is not certain that it is from our number to this recipient, or what it says. */
  digest?: string;
  /** As against `notBefore`. */
  order: 'older' | 'newer' | 'unordered';
  /** The same as an earlier row in every field: one text that is listed twice, or two texts. */
  isRepeat?: true;
}

export function rowsOf(history: VendorRow[], sought: SoughtText): HistoryRow[] {
  const seen = new Set<string>();
  return history.flatMap((row) => {
    const found = rowOf(row, sought);
    if (!found) return [];
    const key = JSON.stringify([row.to, row.from, row.message, row.timestamp]);
    const isRepeat = seen.has(key);
    seen.add(key);
    return isRepeat ? { ...found, isRepeat } : found;
  });
}

function rowOf(row: VendorRow, sought: SoughtText): HistoryRow | undefined {
  const { message, timestamp } = row;
  const isOurs = isFromUs(row, sought);
  if (isOurs === false || orderOf(timestamp, sought.since) === 'older') return undefined;
  const order = orderOf(timestamp, sought.notBefore);
  return isOurs && message !== undefined ? { digest: digestOf(message), order } : { order };
}

/** Whether a row is a text from our number to this recipient; undefined where that cannot be told. */
function isFromUs({ to, from }: VendorRow, sought: SoughtText): boolean | undefined {
  const isToRecipient = isSameNumber(to, sought.to);
  if (isToRecipient === false) return false;
  const isReply = isSameNumber(from, sought.to) === true || isSameNumber(to, sought.from) === true;
  if (isToRecipient === undefined) return isReply ? false : undefined;
  return isSameNumber(from, sought.from) === true ? true : undefined;
}

/** A text that is taken for an older one is sent twice, so "older" allows for the clocks of the vendor's machines. */
function orderOf(timestamp: number | undefined, notBefore: number | undefined): HistoryRow['order'] {
  if (timestamp === undefined || notBefore === undefined) return 'unordered';
  if (isSurelyBefore(timestamp, notBefore, VENDOR_SKEW_MS)) return 'older';
  return isSurelyBefore(notBefore, timestamp) ? 'newer' : 'unordered';
}

/** Tells one text from another, whatever becomes of its white space (FNV-1a). */
export function digestOf(text: string): string {
  let hash = 0x811c9dc5;
  const words = text.trim().replace(/\s+/g, ' ');
  for (let index = 0; index < words.length; index += 1) {
    hash = Math.imul(hash ^ words.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** Other texts of this lease to the same recipient: how many there are of each digest. */
export interface OtherTexts {
  sent: Record<string, number>;
  /** Those of which it is not known whether they were sent. */
  unknown: Record<string, number>;
  /** Those that wait to be sent. */
  queued: Record<string, number>;
  /** The lease remembers only the latest of them. */
  areForgotten: boolean;
}

export type HistoryVerdict = 'sent' | 'not sent' | 'unknown';

/**
 * Whether a text was sent. `sent`: a row with its words is surely newer, and there are more rows with them than other texts.
 * `not sent`: every row is surely older, or explained one for one by texts that are known to be sent, or has the words of
 * another text. A row with words of no text of ours may be this one: vendors and carriers shorten texts and add to them.
 * @param isFull the vendor shows no more rows at a time: there may be others
 * @param digest of the text
 */
export function judgeHistory(
  rows: HistoryRow[],
  isFull: boolean,
  digest: string,
  { sent, unknown, queued, areForgotten }: OtherTexts,
): HistoryVerdict {
  const same = rows.filter((row) => row.digest === digest);
  const others = (sent[digest] ?? 0) + (unknown[digest] ?? 0);
  const isUnexplained = same.filter((row) => !row.isRepeat).length > others && !areForgotten;
  if (isUnexplained && same.some(({ order }) => order === 'newer')) return 'sent';
  const count = (wanted: string) => rows.filter((row) => row.digest === wanted).length;
  const isOther = ({ order, digest: words }: HistoryRow) => {
    if (order === 'older') return true;
    if (words === undefined) return false;
    if (words === digest) return count(words) === sent[words];
    return count(words) <= (sent[words] ?? 0) + (unknown[words] ?? 0) + (queued[words] ?? 0);
  };
  return !isFull && rows.every(isOther) ? 'not sent' : 'unknown';
}
