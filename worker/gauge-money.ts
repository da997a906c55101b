import type { MetricMeter } from '@temporalio/common';
import type { Contiguity } from '../contiguity/index.js';
import { isOpen, type NumberRecord } from '../domain/number-record.js';

/** A call to the API each time, of each worker: seldom enough to cost nothing of its rate. */
const LOOK_EVERY_MS = 60_000;

/** What the account's leases cost a month. */
export interface MoneyHeld {
  /** By currency. */
  monthly: Map<string, number>;
  /** Leases of which the vendor names no price: they are in no sum. */
  unpriced: number;
}

export function moneyHeld(leased: NumberRecord[]): MoneyHeld {
  const monthly = new Map<string, number>();
  let unpriced = 0;
  for (const { lease, pricing } of leased) {
    if (!lease || !isOpen(lease)) continue;
    const price = lease.billing?.price ?? pricing;
    if (price) monthly.set(price.currency, (monthly.get(price.currency) ?? 0) + price.monthlyRate);
    else unpriced += 1;
  }
  return { monthly, unpriced };
}

/**
 * Keeps gauges of what the account pays, by the vendor's own list: numbers that nobody owns are in it too. Where the list
 * cannot be read they stay, and the gauge of when it last could grows old. Ends with the function that is returned.
 */
export function gaugeMoney(meter: MetricMeter, api: Contiguity): () => void {
  const rate = meter.createGauge(
    'leasehold_monthly_rate',
    'float',
    undefined,
    'What all leases cost a month',
  );
  const without = meter.createGauge('leasehold_leases_without_price', 'int', undefined, 'In no sum');
  const seen = meter.createGauge('leasehold_monthly_rate_seconds', 'int', undefined, 'When, Unix time');
  const known = new Set<string>();
  const look = async (): Promise<void> => {
    const { monthly, unpriced } = moneyHeld((await api.lease.leased()).data);
    for (const currency of monthly.keys()) known.add(currency);
    for (const currency of known) rate.set(monthly.get(currency) ?? 0, { currency });
    without.set(unpriced);
    seen.set(Math.round(Date.now() / 1_000));
  };
  const quietly = (): void => void look().catch(() => undefined); // the third gauge tells
  quietly();
  const timer = setInterval(quietly, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
