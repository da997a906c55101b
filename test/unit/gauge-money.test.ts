import type { MetricMeter } from '@temporalio/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Contiguity } from '../../contiguity/index.js';
import type { HeldLease, NumberRecord } from '../../domain/number-record.js';
import { gaugeMoney, moneyHeld } from '../../worker/gauge-money.js';

const MINUTE_MS = 60_000;
const price = (currency: string, monthlyRate: number) => ({ currency, upfrontFee: 1, monthlyRate });

function leased(listPrice?: ReturnType<typeof price>, lease: Partial<HeldLease> = {}): NumberRecord {
  return {
    number: '+14155550100',
    status: 'leased',
    requirements: [],
    ...(listPrice && { pricing: listPrice }),
    lease: { leaseId: 'lsd_1', status: 'active', ...lease },
  } as unknown as NumberRecord;
}

it('adds up what is billed, else the list price, by currency', () => {
  const billed = { billing: { method: 'monthly', price: price('USD', 3), period: { start: 0 } } } as object;
  const list = [leased(price('USD', 2)), leased(price('USD', 2), billed), leased(price('EUR', 4))];
  expect(moneyHeld(list)).toEqual({
    monthly: new Map([
      ['USD', 5],
      ['EUR', 4],
    ]),
    unpriced: 0,
  });
});

it('counts what has no price, and leaves out what is over', () => {
  const paused = leased(price('USD', 2), { status: 'paused' });
  const over = ['terminated', 'expired'].map((status) => leased(price('USD', 2), { status, isOver: true }));
  const list = [leased(), paused, ...over, { ...leased(price('USD', 9)), lease: undefined } as never];
  expect(moneyHeld(list)).toEqual({ monthly: new Map([['USD', 2]]), unpriced: 1 });
});

let stop: () => void;
let gauges: Map<string, number>;
let read: () => Promise<{ data: NumberRecord[] }>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
  gauges = new Map();
  const createGauge = (name: string) => ({
    set: (value: number, { currency = '' }: { currency?: string } = {}) => {
      gauges.set(`${name} ${currency}`.trim(), value);
    },
  });
  read = () => Promise.resolve({ data: [leased(price('USD', 2))] });
  const api = { lease: { leased: () => read() } } as unknown as Contiguity;
  stop = gaugeMoney({ createGauge } as unknown as MetricMeter, api);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

it('tells it at once, every minute, and a currency that nothing is paid in any more as nothing', async () => {
  await vi.advanceTimersByTimeAsync(0);
  expect(Object.fromEntries(gauges)).toEqual({
    'leasehold_monthly_rate USD': 2,
    leasehold_leases_without_price: 0,
    leasehold_monthly_rate_seconds: 1,
  });
  read = () => Promise.resolve({ data: [] });
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(gauges.get('leasehold_monthly_rate USD')).toBe(0);
});

it('stands where the list cannot be read, and grows old', async () => {
  await vi.advanceTimersByTimeAsync(0);
  read = () => Promise.reject(new Error('no answer'));
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  expect(gauges.get('leasehold_monthly_rate USD')).toBe(2);
  expect(gauges.get('leasehold_monthly_rate_seconds')).toBe(1);
});

it('stops when it is told to', async () => {
  await vi.advanceTimersByTimeAsync(0);
  stop();
  read = () => Promise.reject(new Error('read after the end'));
  const before = new Map(gauges);
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  expect(gauges).toEqual(before);
});
