import { describe, expect, test } from 'vitest';
import { monthAt } from '../../domain/billing-months.js';
import { judge } from '../../domain/judge-candidate.js';
import type { LeaseTerms, Offer } from '../../domain/lease-input.js';
import type { Billing } from '../../domain/number-record.js';
import {
  costOfExtension,
  costOfTermination,
  plannedCost,
  plannedDeadline,
  plannedRoom,
} from '../../domain/plan-money.js';
import { SpendingBook } from '../../domain/spending-book.js';
import { previewAnew, previewOf } from '../../domain/spending-preview.js';
import { termsOf } from '../../domain/terms.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const price = { currency: 'USD', upfrontFee: 1.5, monthlyRate: 3.1 };
const billing: Billing = {
  method: 'monthly',
  price,
  period: { start: '2026-01-31T00:00:00.000Z', end: null },
};
const at = (iso: string): number => Date.parse(iso);

describe('money', () => {
  test('a month is paid from its first moment, on the last day of a shorter month', () => {
    const february = monthAt(billing.period, at('2026-03-01T00:00:00Z'));
    expect(february).toEqual({ from: at('2026-02-28T00:00:00Z'), until: at('2026-03-31T00:00:00Z') });
    const named = { start: '2026-01-31T00:00:00.000Z', end: '2026-03-15T00:00:00.000Z' };
    expect(monthAt(named, at('2026-03-01T00:00:00Z')).until).toBe(at('2026-03-15T00:00:00Z'));
  });

  test('a termination loses what is left of the month when the DELETE goes', () => {
    const now = at('2026-01-31T00:00:00Z');
    const atOnce = costOfTermination(billing, now + HOUR, at('2026-02-14T00:00:00Z'));
    expect(atOnce).toMatchObject({ paid: { amount: 3.1, until: '2026-02-28T00:00:00.000Z' }, lost: 1.55 });
    expect(atOnce).not.toHaveProperty('further');
    const late = costOfTermination(billing, now + HOUR, at('2026-03-31T00:00:01Z'));
    expect(late).toMatchObject({ further: { months: 2, amount: 6.2 }, lost: 3.1 });
    expect(costOfTermination({ ...billing, price: undefined } as unknown as Billing, now, now)).toEqual({});
  });

  test('an extension costs the months that begin because of it; a shortening saves them', () => {
    const early = at('2026-02-10T00:00:00Z');
    const late = at('2026-04-10T00:00:00Z');
    expect(costOfExtension(billing, early, late).cost).toEqual({ currency: 'USD', months: 2, amount: 6.2 });
    expect(costOfExtension(billing, late, early).cost).toMatchObject({ months: -2, amount: -6.2 });
  });

  test('a lease costs its fee and each month that begins before it goes back, grace included', () => {
    const now = at('2026-01-01T00:00:00Z');
    expect(plannedCost(price, now, now + 31 * DAY).untilEnd).toEqual({ months: 1, total: 4.6 });
    expect(plannedCost(price, now, now + 31 * DAY, 1).untilEnd).toEqual({ months: 2, total: 7.7 });
    expect(plannedCost(price, now, undefined)).toEqual({ ...price, now: 4.6 });
  });

  test('the deadline is that of the request', () => {
    const terms = (request: object): LeaseTerms => termsOf({ reference: 'a', ...request });
    const now = at('2026-01-01T00:00:00Z');
    expect(plannedDeadline(terms({}), now)).toBeUndefined();
    expect(plannedDeadline(terms({ term: '1 day' }), now)).toBe(now + DAY);
    const byPeriod = plannedDeadline(terms({ until: 'billing-period-end', grace: '1h' }), now);
    expect(byPeriod).toBe(at('2026-02-01T00:00:00Z') - 2 * HOUR);
  });
});

describe('room', () => {
  const limits = {
    account: { currency: 'USD', maxLeases: 2, maxUpfront: { amount: 2, per: '1 day' } },
    labels: { tenant: { '*': { maxLeases: 1 } } },
  };
  const labels = { tenant: 'acme' };
  const wanted = [
    { number: '+14155550101', price },
    { number: '+14155550102', price },
  ];

  test('a book answers for each number by itself, and remembers nothing of it', () => {
    const book = new SpendingBook();
    book.adopt(limits);
    book.reconcile({ open: [], ended: [], killed: [] }, false, 0);
    const before = book.snapshot();
    const copy = (): SpendingBook => new SpendingBook(book.snapshot());
    const told = previewOf(copy, { limits, labels, wanted }, DAY);
    expect(told?.answers).toEqual([{ granted: true }, { granted: true }]);
    expect(told?.scopes.map(({ scope, leases }) => [scope, leases])).toEqual([
      ['account', 0],
      ['tenant=acme', 0],
    ]);
    expect(book.snapshot()).toEqual(before);
    const [first] = wanted;
    book.post({ op: 'reserve', runId: 'r1', labels, ...first! }, DAY);
    const full = previewOf(copy, { limits, labels, wanted: wanted.slice(1) }, DAY);
    expect(full?.answers[0]).toMatchObject({ granted: false, failure: { type: 'LimitExceeded' } });
    expect(previewOf(() => new SpendingBook(), { limits, labels, wanted }, DAY)).toBeUndefined();
  });

  test('where no book runs the open leases count', () => {
    const open = [{ number: '+14155550103', runId: 'r3', at: 0, price, labels, tells: false }];
    const told = previewAnew({ open, ended: [], killed: [] }, { limits, labels, wanted }, DAY);
    expect(told.answers[0]).toMatchObject({ granted: false, failure: { limit: { scope: 'tenant=acme' } } });
    expect(told.scopes[0]).toMatchObject({ leases: 1, monthly: { USD: 3.1 } });
  });

  test('what is left is told after the lease, and only of what is limited', () => {
    const now = { scope: 'account', leases: 1, monthly: { USD: 5 }, unpriced: 0, currency: 'USD' };
    const limited = { ...now, maxLeases: 3, maxMonthly: 8 };
    const left = { leases: 1, monthly: -0.1 };
    expect(plannedRoom({ ...limited }, { ...price, monthlyRate: 3.1 }, 1).left).toEqual(left);
    expect(plannedRoom({ ...limited }, price, 0).left).toEqual({ leases: 2, monthly: 3 });
    expect(plannedRoom(now, price, 1).left).toEqual({});
  });
});

describe('a candidate', () => {
  const offer: Offer = {
    number: '+14155550101',
    price,
    requirements: [],
    channels: [],
    reputation: 0.9,
  };
  const full = { scope: 'account', kind: 'leases', used: 1, asked: 1, most: 1 } as const;

  test('is taken where nothing stands in its way, also when the vendor tells nothing', () => {
    expect(judge(offer, {})).toEqual({
      candidate: { number: offer.number, plan: 'take', price, reputation: 0.9, requirements: [] },
    });
  });

  test('that a run holds is passed by', () => {
    const { candidate, ends } = judge(offer, { heldFor: 'other' });
    expect(candidate).toMatchObject({ plan: 'refused', failure: { type: 'NumberUnavailable' } });
    expect(candidate.failure?.message).toContain('held for reference other');
    expect(ends).toBeUndefined();
  });

  test('ends the search at a limit that is reached, and is passed by in another currency', () => {
    const reached = { type: 'LimitExceeded', message: 'full', limit: full } as const;
    expect(judge(offer, { posted: { granted: false, failure: reached } }).ends).toEqual(reached);
    const otherPrice = { type: 'LimitExceeded', message: 'in EUR' } as const;
    const passed = judge(offer, { posted: { granted: false, failure: otherPrice } });
    expect(passed).toMatchObject({ candidate: { plan: 'refused' } });
    expect(passed.ends).toBeUndefined();
  });

  test('needs what the vendor requires; what it does not list is not known', () => {
    const needy = { ...offer, requirements: ['imessage_entitlement_required', 'enterprise_plan_required'] };
    const entitlements = [
      { name: 'lease', status: 'granted' },
      { name: 'imessage', status: 'granted' },
    ];
    expect(judge(needy, { entitlements }).candidate).toMatchObject({
      plan: 'take',
      requirements: [{ met: true }, { met: null }],
    });
    const lacking = [{ name: 'imessage', status: 'ineligible' }];
    expect(judge(needy, { entitlements: lacking }).candidate).toMatchObject({
      plan: 'refused',
      failure: { type: 'AccountRestricted' },
    });
  });
});
