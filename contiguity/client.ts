import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { E164_HINT, isPhoneNumber } from '../domain/phone-number.js';
import type { Contiguity } from './contiguity.js';
import { ContiguityError } from './errors.js';
import { Http, type Call } from './http.js';
import * as schemas from './schemas.js';

export const REAL_BASE_URL = 'https://api.contiguity.com';

export interface ContiguityOptions {
  apiKey: string;
  /** Default: the real API. */
  baseUrl?: string;
  /** One limit for the whole of a call; default 10 seconds. */
  callTimeoutMs?: number;
  /** Connections kept to the API; default 64. */
  connections?: number;
  /** Largest answer that is read; default 8 MiB. */
  maxBodyBytes?: number;
  /** How long an idle connection is kept; default 30 seconds. */
  keepAliveMs?: number;
}

/** A client of the Contiguity API. Throws a plain `Error` that names the option where an option cannot work. */
export function createContiguity(options: ContiguityOptions): Contiguity {
  const {
    apiKey,
    callTimeoutMs = 10_000,
    connections = 64,
    maxBodyBytes = 8 * 1024 ** 2,
    keepAliveMs = 30_000,
  } = options;
  const baseUrl = checkBaseUrl(options.baseUrl ?? REAL_BASE_URL);
  checkLimits({ callTimeoutMs, connections, maxBodyBytes, keepAliveMs });
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new Error('apiKey must be one word of printable ASCII characters');
  const http = new Http({ baseUrl, apiKey, callTimeoutMs, connections, maxBodyBytes, keepAliveMs });
  return {
    account: { baseUrl, keyFingerprint: fingerprint(apiKey) },
    lease: leaseMethods(http),
    text: textMethods(http),
    entitlements: entitlementMethods(http),
    close: () => http.close(),
  };
}

function leaseMethods(http: Http): Contiguity['lease'] {
  return {
    available: () =>
      http.call({ method: 'GET', path: '/numbers/leases', schema: schemas.availableList, emptyOn404: [] }),
    get: async (number) => {
      const path = `/numbers/${phoneNumber('GET', '/numbers/{number}', 'number', number)}`;
      return http.call({ method: 'GET', path, schema: about(number, schemas.numberRecord) });
    },
    create: async (number, { billingMethod } = {}) => {
      const path = `/numbers/lease/${phoneNumber('POST', '/numbers/lease/{number}', 'number', number)}`;
      const body = billingMethod === undefined ? {} : { billing_method: billingMethod };
      return http.call({ method: 'POST', path, body, schema: about(number, schemas.leaseCreated) });
    },
    leased: () =>
      http.call({ method: 'GET', path: '/numbers/leased', schema: schemas.leasedList, emptyOn404: [] }),
    details: async (number) => {
      const path = `/numbers/leased/${phoneNumber('GET', '/numbers/leased/{number}', 'number', number)}`;
      return http.call({ method: 'GET', path, schema: about(number, schemas.numberRecord) });
    },
    terminate: async (number) => {
      const path = `/numbers/leased/${phoneNumber('DELETE', '/numbers/leased/{number}', 'number', number)}`;
      return http.call({ method: 'DELETE', path, schema: about(number, schemas.leaseTerminated) });
    },
  };
}

function textMethods(http: Http): Contiguity['text'] {
  return {
    send: async ({ from, to, message }) => {
      phoneNumber('POST', '/send/text', 'from', from);
      phoneNumber('POST', '/send/text', 'to', to);
      return http.call({
        method: 'POST',
        path: '/send/text',
        body: { from, to, message },
        hidden: [to.slice(1), message],
        schema: schemas.textSent,
      });
    },
    get: (messageId) =>
      http.call({
        method: 'GET',
        path: `/conversations/history/message/${encodeURIComponent(messageId)}`,
        schema: schemas.textMessage,
      }),
    history: async ({ to, from, limit = 20 }) => {
      const route = '/conversations/history/text/{to}/{from}/{limit}';
      const path = `/conversations/history/text/${phoneNumber('GET', route, 'to', to)}/${phoneNumber('GET', route, 'from', from)}/${limit}`;
      const shown = `/conversations/history/text/{to}/${from}/${limit}`;
      const hidden = [to.slice(1)];
      return http.call({ method: 'GET', path, shown, hidden, schema: schemas.textHistory, emptyOn404: [] });
    },
  };
}

function entitlementMethods(http: Http): Contiguity['entitlements'] {
  const call = <T>(method: Call<T>['method'], name: string, schema: z.ZodType<T>) =>
    http.call({ method, path: `/entitlements/${encodeURIComponent(name)}`, schema });
  return {
    list: () =>
      http.call({ method: 'GET', path: '/entitlements/', schema: schemas.entitlementList, emptyOn404: [] }),
    get: (name) => call('GET', name, schemas.entitlement),
    apply: (name) => call('POST', name, schemas.entitlementGranted),
    revoke: (name) => call('DELETE', name, schemas.entitlementRevoked),
  };
}

/** An answer about another number than was asked for would mislead: it is no answer. */
function about<T extends { number: string }>(number: string, schema: z.ZodType<T>): z.ZodType<T> {
  return schema.refine((answer) => answer.number === number, { error: `is not about ${number}` });
}

/** The number as a part of a path; refused before any byte leaves where it is not E.164. */
function phoneNumber(method: string, route: string, name: string, value: string): string {
  if (isPhoneNumber(value)) return encodeURIComponent(value);
  const message = `${name} must be ${E164_HINT}`;
  throw new ContiguityError(method, route, 'refused', { message, byVendor: false, neverSent: true });
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

/** The longest that a timer holds, 24 days; far more bytes and connections than any machine has. */
const LIMIT_AT_MOST = 2 ** 31 - 1;

function checkLimits(limits: Record<string, number>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isInteger(value) && value >= 1 && value <= LIMIT_AT_MOST) continue;
    throw new Error(`${name} must be a whole number from 1 to ${LIMIT_AT_MOST}`);
  }
}

/** Tells one key from another, and tells nothing about either. */
function fingerprint(apiKey: string): string {
  return createHash('sha256').update(`leasehold key fingerprint:${apiKey}`).digest('hex').slice(0, 12);
}
