import type { Pricing } from './number-record.js';

/** Of so many fees the very time is known; of more, the two closest count as one, at the later time. */
const FEES_AT_MOST = 32;
/** Sums are kept in whole ten-thousandths, so that they stay exact. */
const UNITS = 10_000;

/** What is held in one scope: counted along, because thousands of entries would take long to add up each time. */
export class Holdings {
  leases = 0;
  unpriced = 0;
  private readonly units = new Map<string, number>();

  add(price: Pricing | undefined, times: 1 | -1): void {
    this.leases += times;
    if (!price) this.unpriced += times;
    else
      this.units.set(
        price.currency,
        this.unitsOf(price.currency) + times * Math.round(price.monthlyRate * UNITS),
      );
  }

  monthly(currency: string): number {
    return this.unitsOf(currency) / UNITS;
  }

  /** By currency, without those in which nothing is paid. */
  get allMonthly(): Record<string, number> {
    const paid = [...this.units].filter(([, units]) => units !== 0);
    return Object.fromEntries(paid.map(([currency, units]) => [currency, units / UNITS]));
  }

  private unitsOf(currency: string): number {
    return this.units.get(currency) ?? 0;
  }
}

export type Fee = [at: number, amount: number];

/** Upfront fees of one scope, in the order of their time. */
export class Fees {
  constructor(private fees: Fee[] = []) {}

  /** As few as are kept; where two become one they count for longer, never for less. */
  add(at: number, amount: number): void {
    if (amount === 0) return;
    const later = this.fees.findIndex(([other]) => other > at);
    this.fees.splice(later === -1 ? this.fees.length : later, 0, [at, amount]);
    if (this.fees.length <= FEES_AT_MOST) return;
    const gaps = this.fees.slice(1).map(([next], index) => next - (this.fees[index]?.[0] ?? 0));
    const closest = gaps.indexOf(Math.min(...gaps));
    const [one, other] = this.fees.slice(closest, closest + 2);
    if (one && other) this.fees.splice(closest, 2, [other[0], exact(one[1] + other[1])]);
  }

  /** A fee that was not spent after all; it may have become one with a later one. */
  drop(at: number, amount: number): void {
    const fee = this.fees.find(([kept]) => kept >= at);
    if (fee) fee[1] = exact(Math.max(0, fee[1] - amount));
    this.fees = this.fees.filter(([, left]) => left > 0);
  }

  since(at: number): number {
    return exact(this.fees.reduce((sum, [spentAt, amount]) => (spentAt > at ? sum + amount : sum), 0));
  }

  /** What is older is never asked for again. */
  forget(before: number): void {
    this.fees = this.fees.filter(([at]) => at > before);
  }

  /** Copies: `drop` changes a fee in place. */
  get rows(): Fee[] {
    return this.fees.map(([at, amount]) => [at, amount]);
  }
}

export function exact(amount: number): number {
  return Math.round(amount * UNITS) / UNITS;
}
