import { describe, expect, it } from 'vitest';
import { nextPeriodDeadline, PERIOD_END_MARGIN_MS } from '../../domain/billing-period.js';
import { parseGrace, parseUntil } from '../../domain/deadline.js';
import { InvalidRequestError, parseExtendRequest, parseProvisionRequest } from '../../domain/request.js';
import { termsOf } from '../../domain/terms.js';
import { instantOf } from '../../domain/zoned-time.js';

const HOUR_MS = 3_600_000;

describe('a wall-clock time in a zone', () => {
  const instants: [string, string][] = [
    // Berlin skips 02:00 to 03:00 on the last Sunday of March, and has it twice in October.
    ['2027-03-28T01:59[Europe/Berlin]', '2027-03-28T00:59:00Z'],
    ['2027-03-28T02:30[Europe/Berlin]', '2027-03-28T01:30:00Z'],
    ['2027-03-28T03:00[Europe/Berlin]', '2027-03-28T01:00:00Z'],
    ['2027-10-31T02:30[Europe/Berlin]', '2027-10-31T00:30:00Z'],
    ['2027-10-31T02:30+01:00[Europe/Berlin]', '2027-10-31T01:30:00Z'],
    ['2027-10-31T03:00[Europe/Berlin]', '2027-10-31T02:00:00Z'],
    ['2027-07-01T12:00:30.5[Europe/Berlin]', '2027-07-01T10:00:30.500Z'],
    // New York changes at other dates.
    ['2027-03-14T02:30[America/New_York]', '2027-03-14T07:30:00Z'],
    ['2027-11-07T01:30[America/New_York]', '2027-11-07T05:30:00Z'],
    ['2027-03-28T02:30[America/New_York]', '2027-03-28T06:30:00Z'],
    // Lord Howe moves its clocks by half an hour only.
    ['2027-10-03T02:15[Australia/Lord_Howe]', '2027-10-02T15:45:00Z'],
    ['2027-10-03T02:30[Australia/Lord_Howe]', '2027-10-02T15:30:00Z'],
    ['2027-04-04T01:45[Australia/Lord_Howe]', '2027-04-03T14:45:00Z'],
    // India has half an hour and no clock changes.
    ['2027-03-28T02:30[Asia/Kolkata]', '2027-03-27T21:00:00Z'],
    ['2027-10-31T02:30[Asia/Kolkata]', '2027-10-30T21:00:00Z'],
  ];
  it.each(instants)('%s is %s', (wallClock, instant) => {
    expect(new Date(instantOf(wallClock) as number)).toEqual(new Date(instant));
  });

  const wrong: [string, RegExp][] = [
    ['2027-03-28T02:30[Mars/Base]', /must name a time zone of the IANA database.*got "2027/],
    ['2027-02-30T02:30[Europe/Berlin]', /must be a date and time that exist/],
    ['2027-07-01T12:00+01:00[Europe/Berlin]', /offset \(if any\) that its zone has then/],
    ['2027-07-01[Europe/Berlin]', /must be an ISO 8601 instant .*wall-clock.*billing-period-end/],
    ['2027-07-01T12:00', /must be an ISO 8601 instant/],
    ['2027-07-01T12:00[]', /must be an ISO 8601 instant/],
    ['billing-period-ends', /must be an ISO 8601 instant/],
    ['2020-07-01T12:00[Europe/Berlin]', /must be in the future/],
    ['2999-07-01T12:00[Europe/Berlin]', /within 100 years/],
  ];
  it.each(wrong)('%s is refused and the field named', (until, words) => {
    for (const parse of [
      () => parseExtendRequest({ until }, Date.now()),
      () => parseProvisionRequest({ reference: 'r', until }, Date.now()),
    ]) {
      const failure = failureOf(parse);
      expect(failure).toMatchObject({ type: 'InvalidRequest', field: 'until' });
      expect(failure.message).toMatch(words);
    }
  });

  it('is left as it is by the check, and an instant in the terms', () => {
    const until = '2099-03-29T02:30[Europe/Berlin]';
    const request = parseProvisionRequest({ reference: 'r', until }, Date.now());
    expect(request.until).toBe(until);
    expect(termsOf(request).until).toBe(Date.parse('2099-03-29T01:30:00Z'));
  });
});

describe('the end of a billing period', () => {
  const deadlines = (start: string, after: string, count: number, graceMs = 0) => {
    const found: string[] = [];
    let at = Date.parse(after);
    while (found.length < count) {
      at = nextPeriodDeadline({ start, end: null }, graceMs, at);
      found.push(new Date(at + PERIOD_END_MARGIN_MS + graceMs).toISOString().slice(0, 16));
    }
    return found;
  };

  it('is whole months from the start, clamped at the end of a month and back to its day after that', () => {
    const months = deadlines('2027-01-31T10:00:00Z', '2027-01-31T10:00:00Z', 5);
    const ends = ['02-28', '03-31', '04-30', '05-31', '06-30'];
    expect(months).toEqual(ends.map((day) => `2027-${day}T10:00`));
    expect(deadlines('2028-01-30T00:00:00Z', '2028-01-30T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00',
      '2028-03-30T00:00',
    ]);
    expect(deadlines('2027-12-31T23:59:00Z', '2027-12-31T23:59:00Z', 2)).toEqual([
      '2028-01-31T23:59',
      '2028-02-29T23:59',
    ]);
  });

  it('is the first one that can still be met, the margin and the grace period included', () => {
    const start = '2027-01-15T10:00:00Z';
    expect(deadlines(start, '2027-04-15T08:59:59Z', 1)).toEqual(['2027-04-15T10:00']);
    expect(deadlines(start, '2027-04-15T09:00:00Z', 1)).toEqual(['2027-05-15T10:00']);
    expect(deadlines(start, '2027-04-15T06:30:00Z', 1, 3 * HOUR_MS)).toEqual(['2027-05-15T10:00']);
    expect(deadlines(start, start, 1, 40 * 24 * HOUR_MS)).toEqual(['2027-03-15T10:00']);
  });

  it('is what the vendor names, where it names one', () => {
    const period = { start: '2027-01-15T10:00:00Z', end: '2027-07-01T00:00:00Z' };
    const after = Date.parse('2027-01-15T10:00:00Z');
    const deadline = nextPeriodDeadline(period, 0, after);
    expect(new Date(deadline + PERIOD_END_MARGIN_MS).toISOString()).toBe('2027-07-01T00:00:00.000Z');
    expect(nextPeriodDeadline(period, 0, deadline)).toBe(Date.parse('2027-07-15T09:00:00Z'));
  });
});

describe('what a request says about its end', () => {
  it('is taken', () => {
    const request = {
      reference: 'r',
      until: 'billing-period-end',
      protected: true,
      grace: '1 day',
      warnBefore: '2 days',
      autoRenew: true,
      health: { minReputation: 0.7, checkEvery: '1 day' },
    };
    expect(parseProvisionRequest(request)).toEqual(request);
    expect(termsOf(request)).toMatchObject({
      untilPeriodEnd: true,
      protected: true,
      graceMs: 24 * HOUR_MS,
      warnBeforeMs: 48 * HOUR_MS,
      autoRenew: true,
      health: { minReputation: 0.7, checkEveryMs: 24 * HOUR_MS },
    });
  });

  it('leaves no trace in the terms where it is not there', () => {
    const terms = Object.keys(termsOf({ reference: 'r' }));
    expect(terms).toEqual('billingMethod terminateAfterMessages polling settleWindowMs pacing'.split(' '));
  });

  const bad: [string, object, string, RegExp][] = [
    ['no truth', { protected: 'yes' }, 'protected', /true or false/],
    ['a protected one-shot', { protected: true, terminateAfterMessages: true }, 'protected', /together/],
    ['no duration', { grace: 'soon' }, 'grace', /positive duration/],
    ['a warning without an end', { warnBefore: '1h' }, 'warnBefore', /needs a deadline/],
    ['a warning before the lease', { warnBefore: '2h', term: '2h' }, 'warnBefore', /shorter than the term/],
    ['nothing to renew by', { autoRenew: true }, 'autoRenew', /give term, or "billing-period-end"/],
    ['an instant to renew by', { autoRenew: true, until: '2099-01-01T00:00:00Z' }, 'autoRenew', /give term/],
    ['a reputation without looks', { health: { minReputation: 1 } }, 'health.checkEvery', /is missing/],
    ['looks every second', { health: { checkEvery: '1s' } }, 'health.checkEvery', /from 1m to 30d/],
    ['an unknown part of health', { health: { mood: 1 } }, 'health.mood', /not a known field/],
  ];
  it.each(bad)('refuses %s', (_, fields, field, words) => {
    const failure = failureOf(() => parseProvisionRequest({ reference: 'r', ...fields }));
    expect(failure).toMatchObject({ type: 'InvalidRequest', field });
    expect(failure.message).toMatch(words);
  });
});

it('tells the words of an end apart', () => {
  expect(parseUntil('billing-period-end')).toEqual({ periodEnd: true });
  expect(parseUntil('2027-01-01T00:00:00Z')).toEqual({ at: Date.parse('2027-01-01T00:00:00Z') });
  expect(parseUntil('2027-01-01T00:00[Etc/GMT+5]')).toEqual({ zoned: '2027-01-01T00:00[Etc/GMT+5]' });
  expect(parseUntil(5)).toBeUndefined();
  expect(['none', '1h', '0s', 0].map(parseGrace)).toEqual([0, HOUR_MS, undefined, undefined]);
});

function failureOf(parse: () => unknown) {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as InvalidRequestError).failure;
  }
  throw new Error('was taken');
}
