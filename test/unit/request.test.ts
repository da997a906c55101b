import { describe, expect, it } from 'vitest';
import {
  InvalidRequestError,
  parseExtendRequest,
  parseMessage,
  parseProvisionRequest,
} from '../../domain/request.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');

function problem(
  input: unknown,
  parse: (input: unknown) => unknown = (it) => parseProvisionRequest(it, NOW),
) {
  try {
    parse(input);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as InvalidRequestError).failure;
  }
  throw new Error('was taken');
}

const message = { id: 'm1', to: '+12025550123', message: 'Hello' };

describe('parseProvisionRequest', () => {
  it('takes the smallest and the fullest request', () => {
    expect(parseProvisionRequest({ reference: 'r' })).toEqual({ reference: 'r' });
    const full = {
      reference: 'campaign-42',
      criteria: {
        country: 'US',
        region: 'CA',
        city: 'San Francisco',
        areaCode: '415',
        channels: ['sms', 'mms'],
        carrier: 'x',
        minReputation: 0.8,
        intlSms: true,
        allowRequirements: [],
      },
      billingMethod: 'monthly',
      limits: { currency: 'USD', maxUpfrontFee: 5, maxMonthlyRate: 20 },
      term: '30 days',
      messages: [message, { ...message, id: 'm2', confirmDelivery: true }],
      terminateAfterMessages: false,
      releasePolling: { initial: '5s', backoff: 2, max: '30s', escalateAfter: '15m' },
      settleWindow: '60s',
      pacing: { perSecond: 0.5, burst: 3 },
    };
    expect(parseProvisionRequest(full, NOW)).toEqual(full);
  });

  it('writes countries in upper case and drops what is undefined', () => {
    const request = parseProvisionRequest({ reference: 'r', number: undefined, criteria: { country: 'gb' } });
    expect(request).toEqual({ reference: 'r', criteria: { country: 'GB' } });
    expect('number' in request).toBe(false);
  });

  it('takes a Date as the instant that it is', () => {
    expect(parseProvisionRequest({ reference: 'r', until: new Date(NOW + 1000) }, NOW).until).toBe(
      '2026-06-01T12:00:01.000Z',
    );
  });

  const bad: [string, object, string, RegExp][] = [
    ['no reference', {}, 'reference', /^reference is missing: it must be a text of 1 to 200/],
    ['an empty reference', { reference: ' ' }, 'reference', /got " "$/],
    ['a control character', { reference: 'a\nb' }, 'reference', /without control characters/],
    ['a long reference', { reference: 'x'.repeat(201) }, 'reference', /got 201 characters$/],
    ['a bad number', { number: '0987654321' }, 'number', /^number must be an E.164 .*, got "0987654321"$/],
    ['both ways to a number', { number: '+14155550123', criteria: {} }, 'criteria', /together with number/],
    [
      'an unknown field',
      { nummer: 1 },
      'nummer',
      /^nummer is not a known field \(known are: reference, number/,
    ],
    [
      'an unknown criterion',
      { criteria: { contry: 'US' } },
      'criteria.contry',
      /^criteria.contry is not a known/,
    ],
    ['an unknown country', { criteria: { country: 'ZZ' } }, 'criteria.country', /ISO 3166-1 .*, got "ZZ"$/],
    ['a country by name', { criteria: { country: 'France' } }, 'criteria.country', /got "France"$/],
    ['a bad area code', { criteria: { areaCode: '4x' } }, 'criteria.areaCode', /digits/],
    [
      'an unknown channel',
      { criteria: { channels: ['sms', 'fax'] } },
      'criteria.channels[1]',
      /one of sms, mms.*"fax"/,
    ],
    [
      'a reputation over 1',
      { criteria: { minReputation: 80 } },
      'criteria.minReputation',
      /from 0 to 1, got 80/,
    ],
    [
      'a limit without currency',
      { limits: { maxMonthlyRate: 5 } },
      'limits.currency',
      /^limits.currency is missing: .*USD/,
    ],
    [
      'a negative limit',
      { limits: { currency: 'USD', maxMonthlyRate: -1 } },
      'limits.maxMonthlyRate',
      /0 or more, got -1/,
    ],
    ['an unknown currency', { limits: { currency: 'JPY' } }, 'limits.currency', /got "JPY"/],
    ['a negative term', { term: '-3 days' }, 'term', /positive duration.*"-3 days"/],
    ['a term without unit', { term: '30' }, 'term', /positive duration/],
    ['term and until', { term: '1d', until: '2027-01-01T00:00:00Z' }, 'until', /together with term/],
    ['a past instant', { until: '2026-05-31T00:00:00Z' }, 'until', /in the future/],
    ['an instant without zone', { until: '2027-01-01T00:00:00' }, 'until', /with its zone/],
    ['an instant too far', { until: '2999-01-01T00:00:00Z' }, 'until', /within 100 years/],
    [
      'a bad recipient',
      { messages: [{ ...message, to: '555' }] },
      'messages[0].to',
      /^messages\[0\]\.to must be an E.164 phone number such as "\+14155550123", got "555"$/,
    ],
    ['one id twice', { messages: [message, message] }, 'messages[1].id', /messages\[0\] has it too/],
    [
      'too many messages',
      { messages: Array.from({ length: 1001 }, (_, i) => ({ ...message, id: `${i}` })) },
      'messages',
      /at most 1000/,
    ],
    ['an empty message', { messages: [{ ...message, message: '' }] }, 'messages[0].message', /1 to 5000/],
    ['messages as an object', { messages: {} }, 'messages', /must be a list/],
    [
      'polling faster than a second',
      { releasePolling: { initial: '10ms' } },
      'releasePolling.initial',
      /from 1s to 1h/,
    ],
    [
      'polling that speeds up',
      { releasePolling: { backoff: 0.5 } },
      'releasePolling.backoff',
      /from 1 to 10/,
    ],
    [
      'max below initial',
      { releasePolling: { initial: '20s', max: '10s' } },
      'releasePolling.max',
      /at least .*20s, got "10s"/,
    ],
    [
      'default max below initial',
      { releasePolling: { initial: '1m' } },
      'releasePolling.max',
      /is 30s where it is not given/,
    ],
    ['a long settle window', { settleWindow: '2h' }, 'settleWindow', /from 1s to 1h/],
    ['no pace', { pacing: { perSecond: 0 } }, 'pacing.perSecond', /above 0/],
    ['half a burst', { pacing: { burst: 1.5 } }, 'pacing.burst', /whole number/],
    ['an unknown billing method', { billingMethod: 'yearly' }, 'billingMethod', /monthly, service_contract/],
    ['text for a truth', { terminateAfterMessages: 'yes' }, 'terminateAfterMessages', /true or false/],
  ];
  it.each(bad)('refuses %s', (_, fields, field, words) => {
    const failure = problem({
      ...('reference' in fields || Object.keys(fields).length === 0 ? {} : { reference: 'r' }),
      ...fields,
    });
    expect(failure).toMatchObject({ type: 'InvalidRequest', field });
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain('\n');
  });

  it('names the first problem and counts the others', () => {
    expect(problem({ reference: '', number: '1', x: 1, y: 2 }).message).toMatch(
      /^reference .* \(and 3 more problems\)$/,
    );
  });

  it('never repeats what a message says', () => {
    const failure = problem({ reference: 'r', messages: [{ ...message, message: 'secret'.repeat(1000) }] });
    expect(failure.message).not.toContain('secret');
    expect(failure.message).toContain('6000 characters');
  });

  it.each([undefined, null, 'text', 5, []])('refuses %j as a request', (input) => {
    expect(problem(input)).toMatchObject({ type: 'InvalidRequest' });
    expect(problem(input).message).toMatch(/^the request /);
  });
});

describe('parseMessage and parseExtendRequest', () => {
  it('take what they should', () => {
    expect(parseMessage(message)).toEqual(message);
    expect(parseExtendRequest({ term: '3 days' })).toEqual({ term: '3 days' });
    expect(parseExtendRequest({ until: '2027-01-01T00:00:00Z' }, NOW)).toEqual({
      until: '2027-01-01T00:00:00Z',
    });
  });

  it('refuse the rest', () => {
    expect(problem({ ...message, to: '5' }, parseMessage).field).toBe('to');
    expect(problem({}, parseExtendRequest).message).toMatch(/one of term and until/);
    expect(problem({ term: '1d', until: '2027-01-01T00:00:00Z' }, parseExtendRequest).message).toMatch(
      /not both/,
    );
  });
});
