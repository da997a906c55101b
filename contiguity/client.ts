import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { checkBillingMethod, checkLimit, checkNumber, checkText, checkWord } from './arguments.js';
import { OVER_STATUSES, type NumberRecord } from '../domain/number-record.js';
import type { Answer, Contiguity } from './contiguity.js';
import { Http, type Call } from './http.js';
import { checkOptions, type ContiguityOptions } from './options.js';
import * as schemas from './schemas.js';

/** A client of the Contiguity API. Throws a plain `Error` that names the option where an option cannot work. */
export function createContiguity(options: ContiguityOptions): Contiguity {
  const checked = checkOptions(options);
  const http = new Http(checked);
  return {
    account: { baseUrl: checked.baseUrl, keyFingerprint: fingerprint(checked.apiKey) },
    lease: leaseMethods(http, marksOver(options.overStatuses)),
    text: textMethods(http),
    entitlements: entitlementMethods(http),
    close: () => http.close(),
  };
}

/** Methods are async so that a bad argument rejects, as every other failure does, and never throws. */
function leaseMethods(http: Http, markOver: MarkOver): Contiguity['lease'] {
  const one = async (record: Promise<Answer<NumberRecord>>) => {
    const { data, ...facts } = await record;
    return { ...facts, data: markOver(data) };
  };
  return {
    available: () => available(http),
    get: async (number, turns) => {
      checkNumber('GET /numbers/{number}', 'number', number);
      const path = `/numbers/${encodeURIComponent(number)}`;
      return one(http.call({ ...turns, method: 'GET', path, schema: about(number, schemas.numberRecord) }));
    },
    create: async (number, { billingMethod, ...turns } = {}) => {
      checkNumber('POST /numbers/lease/{number}', 'number', number);
      checkBillingMethod('POST /numbers/lease/{number}', billingMethod);
      return http.call({
        ...turns,
        method: 'POST',
        path: `/numbers/lease/${encodeURIComponent(number)}`,
        body: billingMethod === undefined ? {} : { billing_method: billingMethod },
        schema: about(number, schemas.leaseCreated),
      });
    },
    leased: async () => {
      const { data, ...facts } = await http.call({
        method: 'GET',
        path: '/numbers/leased',
        schema: schemas.leasedList,
        emptyOn404: [],
        pressing: true, // one response serves all runs of a worker
      });
      return { ...facts, data: data.map(markOver) };
    },
    details: async (number) => {
      checkNumber('GET /numbers/leased/{number}', 'number', number);
      const path = `/numbers/leased/${encodeURIComponent(number)}`;
      return one(http.call({ method: 'GET', path, schema: about(number, schemas.leasedNumber) }));
    },
    terminate: async (number, turns) => {
      checkNumber('DELETE /numbers/leased/{number}', 'number', number);
      return http.call({
        ...turns,
        method: 'DELETE',
        path: `/numbers/leased/${encodeURIComponent(number)}`,
        schema: about(number, schemas.leaseTerminated),
      });
    },
  };
}

type MarkOver = (record: NumberRecord) => NumberRecord;

/** Only words that are known to mean "over" end a lease. */
function marksOver(more: readonly string[] = []): MarkOver {
  const over = new Set([...OVER_STATUSES, ...more]);
  return (record) =>
    record.lease && over.has(record.lease.status)
      ? { ...record, lease: { ...record.lease, isOver: true } }
      : record;
}

async function available(http: Http): ReturnType<Contiguity['lease']['available']> {
  const { data, ...facts } = await http.call({
    method: 'GET',
    path: '/numbers/leases',
    schema: schemas.availableList,
    emptyOn404: { records: [], skipped: 0 },
  });
  return { ...facts, data: data.records, ...(data.skipped > 0 && { skipped: data.skipped }) };
}

function textMethods(http: Http): Contiguity['text'] {
  return {
    send: async ({ from, to, message }) => {
      checkNumber('POST /send/text', 'from', from);
      checkNumber('POST /send/text', 'to', to);
      checkText('POST /send/text', message);
      return http.call({
        method: 'POST',
        path: '/send/text',
        body: { from, to, message },
        confidential: { recipient: to, text: message },
        schema: schemas.textSent,
      });
    },
    get: async (messageId, { tracking = false } = {}) => {
      checkWord('GET /conversations/history/message/{id}', 'messageId', messageId);
      const schema = schemas.textMessage.refine(({ id }) => id === messageId, {
        error: 'is another message',
      });
      const query = tracking ? '?tracking=true' : '';
      return http.call({
        method: 'GET',
        path: `/conversations/history/message/${messageId}${query}`,
        schema,
      });
    },
    history: async ({ to, from, limit = 20 }) => {
      const route = 'GET /conversations/history/text/{to}/{from}/{limit}';
      checkNumber(route, 'to', to);
      checkNumber(route, 'from', from);
      checkLimit(route, limit);
      return http.call({
        method: 'GET',
        path: `/conversations/history/text/${encodeURIComponent(to)}/${encodeURIComponent(from)}/${limit}`,
        shown: `/conversations/history/text/{to}/${from}/${limit}`,
        confidential: { recipient: to },
        schema: schemas.textHistory,
        emptyOn404: [],
      });
    },
  };
}

function entitlementMethods(http: Http): Contiguity['entitlements'] {
  const call = async <T>(method: Call<T>['method'], name: string, schema: z.ZodType<T>) => {
    checkWord(`${method} /entitlements/{name}`, 'name', name);
    return http.call({ method, path: `/entitlements/${name}`, schema });
  };
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

/** Tells one key from another, and tells nothing about either. */
function fingerprint(apiKey: string): string {
  return createHash('sha256').update(`leasehold key fingerprint:${apiKey}`).digest('hex').slice(0, 12);
}
