import type { CallFacts } from '../domain/outcome.js';

type Facts = Omit<CallFacts, 'call'>;
export interface Judged {
  outcome: 'refused' | 'ambiguous';
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

/** Errors of which it is sure that no byte of the request was acted on, unless they came while reading or writing. */
const NEVER_SENT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What an answer other than 2xx means for a call that changes something; the first match wins, each with its reason. */
export function judgeAnswer({ status, body, retryAfter }: FailedAnswer): Judged {
  const vendor = vendorError(body);
  const facts: Facts = {
    status,
    message: oneLine(vendor?.message ?? `HTTP ${status}`),
    byVendor: vendor !== undefined,
    neverSent: false,
    ...optional('retryAfterMs', parseRetryAfter(retryAfter)),
    ...optional('requestId', vendor?.requestId),
    ...optional('agreementUrl', vendor?.agreementUrl),
  };
  if (status === 429) return { outcome: 'refused', facts }; // a limit is checked before anything is done
  if (status === 408 || status === 499) return { outcome: 'ambiguous', facts }; // somebody gave up waiting for it
  if (status >= 500) return { outcome: 'ambiguous', facts }; // it may have failed after it acted
  if (status < 400) return { outcome: 'ambiguous', facts }; // a redirect: who answered is unknown
  if (!vendor) return { outcome: 'ambiguous', facts }; // a box in between spoke, before or after the vendor
  return { outcome: 'refused', facts };
}

/** What an error without an answer means. */
export function judgeError(error: unknown): Judged {
  const codes = codesOf(error);
  const neverSent =
    codes.length > 0 && codes.every(({ code, underWay }) => NEVER_SENT.has(code) && !underWay);
  const facts: Facts = { message: oneLine(inWords(error, codes[0]?.code)), byVendor: false, neverSent };
  return { outcome: neverSent ? 'refused' : 'ambiguous', facts };
}

/** A success that cannot be understood: it probably acted, and nobody knows what it said. */
export function unreadable(status: number, why: string): Judged {
  return {
    outcome: 'ambiguous',
    facts: { status, message: oneLine(why), byVendor: false, neverSent: false },
  };
}

/** `Retry-After` in seconds or as an HTTP date, as capped milliseconds; nonsense counts as not given. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const date = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN; // else any words with a year in them are a date
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : date - now;
  if (!Number.isFinite(wait) || wait < 0) return undefined;
  return Math.min(Math.round(wait), RETRY_AFTER_AT_MOST_MS);
}

interface VendorError {
  message: string;
  requestId?: string;
  agreementUrl?: string;
}

/** The vendor's error envelope, `{object: "error", data: {error, status}}`, or its short form `{message, status}`. */
function vendorError(body: unknown): VendorError | undefined {
  if (!isObject(body)) return undefined;
  const { data, object, id, message, status } = body;
  if (object === 'error' && isObject(data) && typeof data['error'] === 'string') {
    return {
      message: data['error'],
      ...optional('requestId', textOf(id)),
      ...optional('agreementUrl', textOf(data['agreement_url'])),
    };
  }
  return typeof message === 'string' && typeof status === 'number' ? { message } : undefined;
}

interface Code {
  code: string;
  /** The connection stood: a host that becomes unreachable then has perhaps read the request before. */
  underWay: boolean;
}

function codesOf(error: unknown): Code[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  if (!(error instanceof Error)) return [];
  if (!('code' in error) || typeof error.code !== 'string') return codesOf(error.cause);
  const underWay = 'syscall' in error && (error.syscall === 'read' || error.syscall === 'write');
  return [{ code: error.code, underWay }];
}

function inWords(error: unknown, code: string | undefined): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer within the time limit';
  const message = error instanceof Error ? error.message : 'unknown error';
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
