import { describe, expect, it } from 'vitest';
import { SpendingBook } from '../../domain/spending-book.js';
import type { Posting, SpendingLimits } from '../../domain/spending.js';

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;

function bookOf(limits: SpendingLimits): SpendingBook {
  const book = new SpendingBook();
  book.adopt(limits);
  book.reconcile({ open: [], ended: [], killed: [] }, false, NOW); // what it does before its first answer
  return book;
}

const usd = (monthlyRate: number, upfrontFee = 0, currency = 'USD') => ({
  currency,
  monthlyRate,
  upfrontFee,
});

const reserve = (nth: number, facts: Partial<Posting> = {}): Posting => ({
  op: 'reserve',
  number: `+1415555${1000 + nth}`,
  runId: `run-${nth}`,
  price: usd(2.99, 1),
  ...facts,
});

const unpriced = (nth: number): Posting => {
  const { op, number, runId } = reserve(nth);
  return { op, number, runId };
};

const ask = (book: SpendingBook, nth: number, facts: Partial<Posting> = {}, now = NOW) =>
  book.post(reserve(nth, facts), now);

/** As it is carried into a new run. */
const carried = (book: SpendingBook, now = NOW) =>
  new SpendingBook(JSON.parse(JSON.stringify(book.state(now))) as ReturnType<SpendingBook['state']>);

describe('most leases', () => {
  it('grants as many as are allowed, and tells the figures to the next one', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    expect([ask(book, 1), ask(book, 2)]).toEqual([{ granted: true }, { granted: true }]);
    expect(ask(book, 3)).toEqual({
      granted: false,
      failure: {
        type: 'LimitExceeded',
        message: '+14155551003 is not taken: the account holds 2 leases, and at most 2 are allowed',
        limit: { scope: 'account', kind: 'leases', used: 2, asked: 1, most: 2 },
      },
    });
  });

  it('counts a run once, however often it asks', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    for (let times = 0; times < 5; times += 1) expect(ask(book, 1).granted).toBe(true);
    expect(ask(book, 2).granted).toBe(true);
    expect(book.figures(NOW).scopes[0]).toMatchObject({ leases: 2, maxLeases: 2, monthly: { USD: 5.98 } });
  });

  it('counts a number once, also when its run was killed and another one follows', () => {
    const book = bookOf({ account: { maxLeases: 1 } });
    ask(book, 1);
    expect(ask(book, 1, { runId: 'the next one' }).granted).toBe(true);
    expect(ask(book, 2).granted).toBe(false);
    book.post(reserve(1, { op: 'free' }), NOW); // of the run that is no longer its owner
    expect(ask(book, 3).granted).toBe(false);
  });

  it('has room again when one is freed, once and for good', () => {
    const book = bookOf({ account: { maxLeases: 1 } });
    ask(book, 1);
    book.post(reserve(1, { op: 'free', leased: true }), NOW);
    expect(ask(book, 2).granted).toBe(true);
    expect(ask(book, 1)).toMatchObject({ granted: false, failure: { type: 'NumberUnavailable' } });
  });

  it('refuses a repeat of what it refused, so that no entry is left behind', () => {
    const book = bookOf({ account: { maxLeases: 1 } });
    ask(book, 1);
    const first = ask(book, 2);
    book.post(reserve(1, { op: 'free' }), NOW);
    expect(ask(carried(book), 2)).toEqual(first);
    expect(book.reconsider(reserve(2), NOW)).toEqual({ granted: true });
  });
});

describe('sums', () => {
  it('adds up what is paid a month, to the cent', () => {
    const book = bookOf({ account: { currency: 'USD', maxMonthly: 0.3 } });
    expect(ask(book, 1, { price: usd(0.1) }).granted).toBe(true);
    expect(ask(book, 2, { price: usd(0.2) }).granted).toBe(true);
    expect(ask(book, 3, { price: usd(0.01) })).toMatchObject({
      granted: false,
      failure: { limit: { kind: 'monthly', used: 0.3, asked: 0.01, most: 0.3, currency: 'USD' } },
    });
  });

  it('counts upfront fees for the period, also after the release', () => {
    const book = bookOf({ account: { currency: 'USD', maxUpfront: { amount: 10, per: '30 days' } } });
    expect(ask(book, 1, { price: usd(1, 6) }).granted).toBe(true);
    book.post(reserve(1, { op: 'free', leased: true }), NOW + DAY_MS);
    const soon = ask(carried(book), 2, { price: usd(1, 6) }, NOW + 29 * DAY_MS);
    expect(soon).toMatchObject({ failure: { limit: { kind: 'upfront', used: 6, asked: 6, most: 10 } } });
    expect(ask(book, 3, { price: usd(1, 6) }, NOW + 31 * DAY_MS).granted).toBe(true);
  });

  it('counts the fees of what is open already when they are limited later', () => {
    const book = bookOf({ account: { maxLeases: 5 } });
    ask(book, 1, { price: usd(1, 6) });
    book.adopt({ account: { currency: 'USD', maxUpfront: { amount: 10, per: '30 days' } } });
    expect(ask(book, 2, { price: usd(1, 6) })).toMatchObject({
      failure: { limit: { kind: 'upfront', used: 6 } },
    });
  });

  it('forgets the fee of what was not leased', () => {
    const book = bookOf({ account: { currency: 'USD', maxUpfront: { amount: 10, per: '30 days' } } });
    ask(book, 1, { price: usd(1, 10) });
    book.post(reserve(1, { op: 'free', leased: false }), NOW);
    expect(ask(book, 2, { price: usd(1, 10) }).granted).toBe(true);
  });

  it('keeps few fees and never counts one for less than the period', () => {
    const book = bookOf({ account: { currency: 'USD', maxUpfront: { amount: 1_000, per: '30 days' } } });
    for (let nth = 0; nth < 200; nth += 1) {
      const at = NOW + nth * 60_000;
      ask(book, nth, { price: usd(1, 1) }, at);
      book.post(reserve(nth, { op: 'free', leased: true, price: usd(1, 1) }), at);
    }
    expect(book.state(NOW).fees['USD account']!.length).toBeLessThanOrEqual(32);
    expect(book.figures(NOW + 29 * DAY_MS).scopes[0]).toMatchObject({ upfront: 200 });
    expect(book.figures(NOW + 31 * DAY_MS).scopes[0]).toMatchObject({ upfront: 0 });
  });

  it('counts what it costs in fact, and says when that is too much', () => {
    const book = bookOf({ account: { currency: 'USD', maxMonthly: 5 } });
    ask(book, 1, { price: usd(2) });
    expect(book.post(reserve(1, { op: 'confirm', price: usd(4) }), NOW).granted).toBe(true);
    expect(book.post(reserve(1, { op: 'confirm', price: usd(6) }), NOW).granted).toBe(false);
    expect(book.figures(NOW).scopes[0]).toMatchObject({ leases: 1, monthly: { USD: 6 } });
  });
});

describe('prices that cannot be added up', () => {
  const limits = { account: { currency: 'USD', maxLeases: 5 } };

  it('are not taken, and do not end the search', () => {
    const book = bookOf(limits);
    const elsewhere = ask(book, 1, { price: usd(1, 0, 'EUR') });
    expect(elsewhere).toMatchObject({ granted: false, failure: { type: 'LimitExceeded' } });
    const unknown = book.post(unpriced(2), NOW);
    expect(unknown).toMatchObject({ granted: false, failure: { type: 'LimitExceeded' } });
    expect(JSON.stringify([elsewhere, unknown])).not.toContain('"limit"');
  });

  it('are taken where only leases are counted', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    expect(book.post(unpriced(1), NOW).granted).toBe(true);
    expect(book.figures(NOW).scopes[0]).toMatchObject({ leases: 1, unpriced: 1, monthly: {} });
  });
});

describe('labels', () => {
  const limits = {
    account: { maxLeases: 4 },
    labels: { tenant: { '*': { maxLeases: 1 }, acme: { maxLeases: 2 } } },
  };
  const of = (tenant: string) => ({ labels: { tenant, color: 'red' } });

  it('have limits of their own, or those of the others', () => {
    const book = bookOf(limits);
    expect([ask(book, 1, of('acme')), ask(book, 2, of('acme'))].map(({ granted }) => granted)).toEqual([
      true,
      true,
    ]);
    expect(ask(book, 3, of('acme'))).toMatchObject({ failure: { limit: { scope: 'tenant=acme', used: 2 } } });
    expect(ask(book, 4, of('tiny')).granted).toBe(true);
    expect(ask(book, 5, of('tiny'))).toMatchObject({ failure: { limit: { scope: 'tenant=tiny', used: 1 } } });
    expect(ask(book, 6).granted).toBe(true);
    expect(ask(book, 7, of('late'))).toMatchObject({ failure: { limit: { scope: 'account', used: 4 } } });
    const figures = carried(book).figures(NOW);
    expect(figures.scopes.map(({ scope, leases }) => [scope, leases])).toEqual([
      ['account', 4],
      ['tenant=acme', 2],
      ['tenant=tiny', 1],
    ]);
  });

  it('may be called as the things of every object are', () => {
    const book = bookOf({ labels: { tenant: { '*': { maxLeases: 0 } } } });
    for (const tenant of ['constructor', '__proto__', 'toString']) {
      expect(ask(book, 1, of(tenant))).toMatchObject({ failure: { limit: { most: 0 } } });
    }
  });

  it('that are limited later are asked of the open runs first', () => {
    const book = bookOf({ account: { maxLeases: 4 } });
    ask(book, 1, of('acme'));
    expect(book.adopt(limits)).toBe(false);
    const open = { number: reserve(1).number, runId: 'run-1', at: NOW, tells: true, ...of('acme') };
    book.reconcile({ open: [open], ended: [], killed: [] }, false, NOW);
    expect(book.adopt(limits)).toBe(true);
    expect(book.figures(NOW).scopes).toContainEqual(
      expect.objectContaining({ scope: 'tenant=acme', leases: 1, monthly: { USD: 2.99 } }),
    );
  });
});

describe('a survey of the open runs', () => {
  const found = { number: reserve(9).number, runId: 'run-9', at: NOW, price: usd(3), tells: false };

  it('counts what is leased already, and drops what is over', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    ask(book, 1);
    book.reconcile({ open: [found], ended: ['run-1'], killed: [] }, false, NOW);
    expect(book.holders()).toEqual([{ number: found.number, runId: 'run-9' }]);
    expect([book.hasSilent, carried(book).hasSilent]).toEqual([true, true]);
  });

  it('drops what was killed only when an operator says so', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    ask(book, 1);
    book.reconcile({ open: [], ended: [], killed: ['run-1'] }, false, NOW);
    expect(book.holders()).toHaveLength(1);
    book.reconcile({ open: [], ended: [], killed: ['run-1'] }, true, NOW);
    expect(book.holders()).toEqual([]);
  });

  it('that is late does not bring back what was freed', () => {
    const book = bookOf({ account: { maxLeases: 2 } });
    ask(book, 9);
    book.post(reserve(9, { op: 'free', leased: true }), NOW);
    book.reconcile({ open: [found], ended: [], killed: [] }, true, NOW);
    expect(book.holders()).toEqual([]);
  });
});

it('10,000 leases fit into the input of a run, and no more are granted', () => {
  const limits = {
    account: { currency: 'USD', maxUpfront: { amount: 1e9, per: '1 day' } },
    labels: { tenant: {} },
  };
  const book = bookOf(limits);
  const runId = (nth: number) => `0199f0e2-5b7a-7c31-9d3e-${String(nth).padStart(12, '0')}`;
  for (let nth = 0; nth < 10_000; nth += 1) {
    const number = `+14155${String(nth).padStart(7, '0')}`;
    ask(book, nth, { number, runId: runId(nth), labels: { tenant: `tenant-${nth % 500}` } });
  }
  expect(ask(book, 10_000, { runId: runId(10_000) })).toMatchObject({ failure: { limit: { most: 10_000 } } });
  expect(JSON.stringify(book.state(NOW)).length).toBeLessThan(1_500_000);
});
