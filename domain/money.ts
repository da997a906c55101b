import type { Pricing } from './number-record.js';

/** The most that a lease may cost, in one currency. A price that is unknown, or in another currency, is over the limit. */
export interface Limits {
  /** ISO 4217, as the vendor prices: USD, EUR, GBP, CAD or AUD. */
  currency: string;
  maxUpfrontFee?: number;
  maxMonthlyRate?: number;
}

/** Why a price is over the limits, in words; undefined where it is within them. */
export function overLimit(price: Pricing | undefined, limits: Limits | undefined): string | undefined {
  if (!limits) return undefined;
  if (!price) return 'its price is unknown and a limit is set';
  if (price.currency !== limits.currency) {
    return `it is priced in ${price.currency}, the limit is in ${limits.currency}`;
  }
  if (limits.maxUpfrontFee !== undefined && price.upfrontFee > limits.maxUpfrontFee) {
    return `its upfront fee of ${formatMoney(price.upfrontFee, price.currency)} is over the limit of ${formatMoney(limits.maxUpfrontFee, limits.currency)}`;
  }
  if (limits.maxMonthlyRate !== undefined && price.monthlyRate > limits.maxMonthlyRate) {
    return `its monthly rate of ${formatMoney(price.monthlyRate, price.currency)} is over the limit of ${formatMoney(limits.maxMonthlyRate, limits.currency)}`;
  }
  return undefined;
}

export function formatMoney(amount: number, currency: string): string {
  return `${amount.toFixed(2)} ${currency}`;
}

export function isSamePrice(one: Pricing | undefined, other: Pricing | undefined): boolean {
  return (
    one?.currency === other?.currency &&
    one?.monthlyRate === other?.monthlyRate &&
    one?.upfrontFee === other?.upfrontFee
  );
}
