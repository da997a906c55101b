import { createHash } from 'node:crypto';
import type { Criteria, Message, ProvisionMemo, ProvisionRequest } from '../domain/contract.js';
import { acquireTimeoutMs, maxNumbersLeased } from '../domain/acquire-limits.js';
import { parseInstant } from '../domain/duration.js';
import { termsOf } from '../domain/terms.js';

export type RequestDigest = ProvisionMemo['requestDigest'];

/** Order in which a difference is looked for: what a caller would look at first. */
const FIELDS = [
  'number',
  'criteria',
  'billingMethod',
  'limits',
  'maxNumbersLeased',
  'acquireTimeout',
  'term',
  'until',
  'protected',
  'grace',
  'warnBefore',
  'autoRenew',
  'health',
  'messages',
  'terminateAfterMessages',
  'releasePolling',
  'settleWindow',
  'pacing',
  'labels',
] as const;

/**
 * A short digest of each field that says more than its default: enough to tell which field of two requests differs
 * without keeping what they say. The order of keys, a default that is spelled out and another way to write the same
 * duration ("1m", "60s") change nothing.
 * @param request checked by `parseProvisionRequest`
 */
export function digestRequest(request: ProvisionRequest): RequestDigest {
  const plain = termsOf({ reference: request.reference });
  const terms = termsOf(request);
  const digest: RequestDigest = {};
  const add = (field: (typeof FIELDS)[number], value: unknown, byDefault?: unknown): void => {
    const text = canonical(value);
    // The reference goes in so that one text has another digest under each reference.
    if (text !== canonical(byDefault)) digest[field] = shortHash(`${request.reference}\n${field}\n${text}`);
  };
  add('number', request.number);
  add('criteria', meaningOf(request.criteria ?? {}), {});
  add('billingMethod', terms.billingMethod, plain.billingMethod);
  add('limits', terms.limits);
  add('maxNumbersLeased', maxNumbersLeased(request), maxNumbersLeased({}));
  add('acquireTimeout', acquireTimeoutMs(request), acquireTimeoutMs({}));
  add('term', terms.termMs);
  add('until', parseInstant(request.until) ?? request.until); // in a zone: as worded, its rules may change
  add('protected', terms.protected);
  add('grace', terms.graceMs);
  add('warnBefore', terms.warnBeforeMs);
  add('autoRenew', terms.autoRenew);
  add('health', terms.health);
  add('messages', (request.messages ?? []).map(plainMessage), []);
  add('terminateAfterMessages', terms.terminateAfterMessages, plain.terminateAfterMessages);
  add('releasePolling', terms.polling, plain.polling);
  add('settleWindow', terms.settleWindowMs, plain.settleWindowMs);
  add('pacing', terms.pacing, plain.pacing);
  add('labels', request.labels ?? {}, {});
  return digest;
}

/** The first field in which two requests differ; undefined where they ask for the same. */
export function firstDifference(a: RequestDigest, b: RequestDigest): string | undefined {
  return FIELDS.find((field) => a[field] !== b[field]);
}

/** Criteria without those that every number meets, lists as sets, words as they are compared. */
function meaningOf(criteria: Criteria): Criteria {
  const { channels = [], allowRequirements, minReputation = 0, intlSms = false, ...words } = criteria;
  const word = (text: string): string => text.trim().toLowerCase();
  return {
    ...Object.fromEntries(Object.entries(words).map(([key, text]) => [key, word(text)])),
    ...(channels.length > 0 && { channels: asSet(channels) }),
    ...(allowRequirements && { allowRequirements: asSet(allowRequirements) }),
    ...(minReputation > 0 && { minReputation }),
    ...(intlSms && { intlSms }),
  };
}

/** Without what is so by default. */
function plainMessage({ confirmDelivery = false, ...message }: Message): Message {
  return { ...message, ...(confirmDelivery && { confirmDelivery }) };
}

function asSet(items: string[]): string[] {
  return [...new Set(items)].sort();
}

/** JSON with the keys of every object in order and without what is undefined. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
