import type { CallFacts } from '../domain/outcome.js';
import { vendorError, type VendorError } from './envelope.js';
import type { NoReply } from './exchange.js';

type Facts = Omit<CallFacts, 'call'>;
export interface Judged {
  outcome: 'refused' | 'ambiguous';
  /** The message as the vendor or the machine put it: not yet fit to be shown. */
  facts: Facts;
}

/** An answer that is no success. */
export interface FailedAnswer {
  status: number;
  /** The parsed body, or undefined where it is no JSON. */
  body: unknown;
  retryAfter?: string | undefined;
}

/** Waits asked for by `Retry-After` are capped: an hour asked for by mistake must not stop a worker for an hour. */
const RETRY_AFTER_AT_MOST_MS = 10 * 60_000;

/** What an answer other than 2xx means for a call that changes something. */
export function judgeAnswer({ status, body, retryAfter }: FailedAnswer): Judged {
  const vendor = vendorError(status, body);
  const facts: Facts = {
    status,
    message: vendor?.message ?? statusInWords(status),
    byVendor: vendor?.inEnvelope ?? false,
    neverSent: false,
    ...optional('retryAfterMs', parseRetryAfter(retryAfter)),
    ...optional('requestId', vendor?.requestId),
    ...optional('agreementUrl', vendor?.agreementUrl),
  };
  return { outcome: outcomeOf(status, vendor), facts };
}

/** The first match wins, each with its reason. */
function outcomeOf(status: number, vendor: VendorError | undefined): Judged['outcome'] {
  if (status === 429) return 'refused'; // this copy did nothing; another copy may have acted
  if (mayHaveActed(status)) return 'ambiguous';
  if (status < 400) return 'ambiguous'; // a redirect is never followed: who answered is unknown
  if (!vendor) return 'ambiguous'; // a box in between spoke, before or after the vendor did
  if (vendor.status !== undefined && mayHaveActed(vendor.status)) return 'ambiguous'; // the envelope knows better
  return 'refused';
}

/** Somebody gave up waiting (408, 499), or something broke, perhaps after it acted (5xx). */
function mayHaveActed(status: number): boolean {
  return status === 408 || status === 499 || status >= 500;
}

/** No whole answer came. A request that no connection took surely did nothing; any other one may have. */
export function judgeSilence({ begun, message }: NoReply): Judged {
  return {
    outcome: begun ? 'ambiguous' : 'refused',
    facts: { message, byVendor: false, neverSent: !begun },
  };
}

/** Not sent, because so many other calls go first: the account may make only so many a second. */
export function heldBack(retryAfterMs: number): Judged {
  const message = 'it waits its turn: the account may make only so many calls a second';
  return {
    outcome: 'refused',
    facts: { message, byVendor: false, neverSent: true, heldBack: true, retryAfterMs },
  };
}

/** A success that cannot be understood: it probably acted, and nobody knows what it said. */
export function unreadable(status: number, why: string, byVendor: boolean): Judged {
  return { outcome: 'ambiguous', facts: { status, message: why, byVendor, neverSent: false } };
}

/** `Retry-After` in seconds or as an HTTP date, as capped milliseconds; nonsense counts as not given. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  const wait = waitOf(header?.trim() ?? '', now);
  return wait >= 0 ? Math.min(wait, RETRY_AFTER_AT_MOST_MS) : undefined;
}

/** Milliseconds, or not a number. Only what ends in GMT is a date: the parser takes any words with a year in them. */
function waitOf(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  return text.endsWith(' GMT') ? Date.parse(text) - now : Number.NaN;
}

function statusInWords(status: number): string {
  return status < 400 ? `HTTP ${status}: redirects are not followed; check the base URL` : `HTTP ${status}`;
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
