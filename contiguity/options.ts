import type { OnCall } from './call-seen.js';
import type { HttpOptions } from './http.js';
import type { Pace } from './pace.js';

export const REAL_BASE_URL = 'https://api.contiguity.com';
const VENDOR_HOST = /^(.+\.)?contiguity\.com\.?$/;

/**
 * Whether requests to this base URL reach the vendor, where they can spend money. The host decides, however the URL is
 * written. Not given: the real API. An unreadable URL counts as the vendor's.
 */
export function isVendorsApi(baseUrl: string | undefined): boolean {
  if (!baseUrl || !URL.canParse(baseUrl)) return true;
  return VENDOR_HOST.test(new URL(baseUrl).hostname);
}

export interface ContiguityOptions {
  apiKey: string;
  /** Default: the real API. */
  baseUrl?: string;
  /** One limit for the whole of a call; default 10 seconds. */
  callTimeoutMs?: number;
  /** Connections kept to the API; default 64. */
  connections?: number;
  /** Largest answer that is read; default 64 MiB: the vendor's lists come whole, 100,000 numbers take some 60. */
  maxBodyBytes?: number;
  /** How long an idle connection is kept where the server names no time; default 30 seconds. */
  keepAliveMs?: number;
  /** Lease statuses that mean "over", besides `expired` and `terminated`; every other one is an open lease. */
  overStatuses?: readonly string[] | undefined;
  /** Says when a call may go; default: all go at once. */
  pace?: Pace | undefined;
  /** Told of each call when it is over; must not throw. */
  onCall?: OnCall | undefined;
}

/** The longest that a timer holds, 24 days; far more bytes and connections than any machine has. */
const LIMIT_AT_MOST = 2 ** 31 - 1;

/** Options with their defaults. Throws a plain `Error` that names the option, never the key. */
export function checkOptions(options: ContiguityOptions): HttpOptions {
  const limits = {
    callTimeoutMs: options.callTimeoutMs ?? 10_000,
    connections: options.connections ?? 64,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 ** 2,
    keepAliveMs: options.keepAliveMs ?? 30_000,
  };
  for (const [name, value] of Object.entries(limits)) checkLimit(name, value);
  return {
    apiKey: checkKey(options.apiKey),
    baseUrl: checkBaseUrl(options.baseUrl ?? REAL_BASE_URL),
    ...limits,
    ...(options.pace && { pace: options.pace }),
    ...(options.onCall && { onCall: options.onCall }),
  };
}

function checkKey(apiKey: string): string {
  if (typeof apiKey === 'string' && /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new Error('apiKey must be one word of printable ASCII characters');
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || `${url.username}${url.password}${url.search}${url.hash}`) {
    throw new Error(
      'baseUrl must be an http or https URL without credentials, query and fragment, such as "http://127.0.0.1:4010"',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function checkLimit(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= LIMIT_AT_MOST) return;
  throw new Error(`${name} must be a whole number from 1 to ${LIMIT_AT_MOST}`);
}
