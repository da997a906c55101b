import { describe, expect, it } from 'vitest';
import { digestRequest, firstDifference } from '../../client/digest.js';
import type { ProvisionRequest } from '../../domain/contract.js';

const text = { id: 'm1', to: '+12025550123', message: 'Hello' };
const request: ProvisionRequest = {
  reference: 'r',
  criteria: { country: 'US', channels: ['sms', 'mms'] },
  limits: { currency: 'USD', maxMonthlyRate: 5 },
  messages: [text],
};
const difference = (other: ProvisionRequest) => firstDifference(digestRequest(request), digestRequest(other));

describe('digestRequest', () => {
  it('says nothing of what is as by default', () => {
    const plain = {
      reference: 'r',
      criteria: {},
      billingMethod: 'monthly',
      messages: [],
      terminateAfterMessages: false,
      releasePolling: { initial: '5s', backoff: 2, max: '30s', escalateAfter: '15m' },
      settleWindow: '1m',
      pacing: { perSecond: 1, burst: 5 },
    } as const;
    expect(digestRequest({ ...plain, messages: [] })).toEqual({});
  });

  it('does not depend on the order of keys, or on how the same is written', () => {
    const other: ProvisionRequest = {
      settleWindow: '60000ms',
      messages: [{ message: 'Hello', to: '+12025550123', id: 'm1', confirmDelivery: false }],
      limits: { maxMonthlyRate: 5, currency: 'USD' },
      criteria: { channels: ['mms', 'sms', 'sms'], country: 'US', intlSms: false, minReputation: 0 },
      reference: 'r',
    };
    expect(difference(other)).toBeUndefined();
  });

  it.each<[string, Partial<ProvisionRequest>]>([
    ['criteria', { criteria: { country: 'GB' } }],
    ['limits', { limits: { currency: 'USD', maxMonthlyRate: 6 } }],
    ['term', { term: '1d' }],
    ['until', { until: '2027-01-01T00:00:00Z' }],
    ['messages', { messages: [] }],
    ['messages', { messages: [{ ...text, confirmDelivery: true }] }],
    ['terminateAfterMessages', { terminateAfterMessages: true }],
    ['releasePolling', { releasePolling: { max: '1m' } }],
    ['settleWindow', { settleWindow: '61s' }],
    ['labels', { labels: { tenant: 'acme' } }],
    ['pacing', { pacing: { burst: 6 } }],
    ['billingMethod', { billingMethod: 'service_contract' }],
  ])('tells that %s differs', (field, changes) => expect(difference({ ...request, ...changes })).toBe(field));

  it('tells the first field of several, and that a number is not criteria', () => {
    const { criteria, ...rest } = request;
    expect(criteria).toBeDefined();
    expect(difference({ ...rest, number: '+14155550123', term: '1d' })).toBe('number');
  });

  it('is short and keeps nothing readable', () => {
    const text = JSON.stringify(digestRequest(request));
    expect(Object.values(digestRequest(request)).every((part) => /^[0-9a-f]{12}$/.test(part))).toBe(true);
    expect(text).not.toContain('Hello');
    expect(text).not.toContain('2025550123');
  });
});
