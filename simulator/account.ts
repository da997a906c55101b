import { draw, id } from './draw.js';
import type { SimulatedNumber } from './inventory.js';
import type { Actor } from './ledger.js';
import type { SimulatedLease, SimulatedText, SimulatorState } from './state.js';

/** A refusal, as the vendor words it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly agreementUrl?: string,
  ) {
    super(message);
  }
}

const AGREEMENTS = 'https://contiguity.example/agreements';
const REQUIREMENTS: Record<string, string> = {
  imessage_entitlement_required: 'imessage',
  whatsapp_entitlement_required: 'whatsapp',
  enterprise_plan_required: 'enterprise',
};

/** The vendor's account: numbers, leases, money and texts. Time is handed in with each call, so it may skip. */
export class Account {
  constructor(readonly state: SimulatorState) {}

  /** Everything that falls due by `now`: releases, and months of leases that are still held. */
  advance(now: number): void {
    for (const lease of [...this.state.leases]) {
      const due = lease.releaseAt;
      this.chargeMonths(lease, Math.min(now, due ?? now));
      if (due !== undefined && due !== null && due <= now)
        this.free(lease, due, lease.by === 'other' ? 'other' : 'us');
    }
  }

  number(e164: string): SimulatedNumber {
    const found = this.state.numbers.find((number) => number.id === e164);
    if (!found) throw new Refusal(404, `Number ${e164} not found`);
    return found;
  }

  /** The open lease on a number, the account's own or another's. */
  leaseOn(e164: string): SimulatedLease | undefined {
    return this.state.leases.find((lease) => lease.number === e164);
  }

  ownLeases(): SimulatedLease[] {
    return this.state.leases.filter((lease) => lease.by !== 'other');
  }

  ownLease(e164: string): SimulatedLease {
    const lease = this.ownLeases().find(({ number }) => number === e164);
    if (!lease) throw new Refusal(404, `You don't lease ${e164}`);
    return lease;
  }

  available(): SimulatedNumber[] {
    return this.state.numbers.filter(({ status }) => status === 'available' || status === 'g-available');
  }

  lease(e164: string, billingMethod: string, by: Actor, now: number): SimulatedLease {
    const number = this.number(e164);
    if (by === 'us') this.checkAllowed(number, billingMethod);
    if (number.status !== 'available' && number.status !== 'g-available') {
      throw new Refusal(400, `Number ${e164} is not available for lease`);
    }
    this.state.drawn += 1;
    const leaseId = id('lsd', this.state.seed, e164, this.state.drawn);
    const lease: SimulatedLease = {
      leaseId,
      number: e164,
      by,
      status: 'active',
      billingMethod,
      start: now,
      monthsCharged: 0,
    };
    this.state.leases.push(lease);
    number.status = 'leased';
    this.state.ledger.push({ kind: 'leased', at: now, number: e164, leaseId, by, billingMethod });
    if (by !== 'other') this.charge(lease, 'upfront', number.pricing.upfront_fee, now);
    this.chargeMonths(lease, now);
    return lease;
  }

  private checkAllowed(number: SimulatedNumber, billingMethod: string): void {
    const { entitlements } = this.state;
    if (!entitlements['lease'])
      throw new Refusal(403, 'The lease agreement is not accepted', `${AGREEMENTS}/lease`);
    for (const requirement of number.data.requirements ?? []) {
      const name = REQUIREMENTS[requirement] ?? requirement;
      if (!entitlements[name])
        throw new Refusal(403, `Number requires ${requirement}`, `${AGREEMENTS}/${name}`);
    }
    if (billingMethod === 'service_contract' && !entitlements['service_contract']) {
      throw new Refusal(400, 'No active service contract');
    }
  }

  /** Answers at once; the number leaves the lease when the lag is over. */
  terminate(e164: string, by: Actor, now: number): SimulatedLease {
    const lease = this.ownLease(e164);
    this.state.ledger.push({
      kind: 'terminate-requested',
      at: now,
      number: e164,
      leaseId: lease.leaseId,
      by,
    });
    if (lease.terminatedAt !== undefined && lease.releaseAt !== null) return lease;
    lease.terminatedAt ??= now;
    const lag = this.state.termination;
    lease.releaseAt =
      lag === 'never'
        ? null
        : now + lag.minMs + draw(this.state.seed, 'lag', lease.leaseId) * (lag.maxMs - lag.minMs);
    this.advance(now);
    return lease;
  }

  /** The lease is over: by a person or the vendor at once, by the API when its lag is over. */
  free(lease: SimulatedLease, at: number, by: Actor): void {
    this.state.leases = this.state.leases.filter((other) => other !== lease);
    const number = this.number(lease.number);
    if (number.status === 'leased') number.status = 'available';
    number.health.previous_owners += 1;
    this.state.ledger.push({
      kind: 'released',
      at: Math.round(at),
      number: lease.number,
      leaseId: lease.leaseId,
      by,
    });
  }

  send(text: Omit<SimulatedText, 'messageId' | 'at'>, now: number): SimulatedText {
    const lease = this.ownLeases().find(({ number }) => number === text.from);
    if (lease?.status !== 'active') throw new Refusal(400, `You don't have an active lease on ${text.from}`);
    this.state.drawn += 1;
    const messageId = id('text', this.state.seed, text.from, this.state.drawn);
    const sent = { ...text, messageId, at: now };
    this.state.texts.push(sent);
    const { from: number, to, message } = text;
    this.state.ledger.push({
      kind: 'text',
      at: now,
      number,
      leaseId: lease.leaseId,
      messageId,
      to,
      message,
      usedNumber: number,
    });
    return sent;
  }

  /** Months are calendar months of UTC, each charged on its first day. */
  private chargeMonths(lease: SimulatedLease, until: number): void {
    if (lease.by === 'other') return;
    for (;;) {
      const due = plusMonths(lease.start, lease.monthsCharged);
      if (due > until) return;
      lease.monthsCharged += 1;
      this.charge(lease, 'month', this.number(lease.number).pricing.monthly_rate, due);
    }
  }

  private charge(lease: SimulatedLease, what: 'upfront' | 'month', amount: number, at: number): void {
    const { currency } = this.number(lease.number).pricing;
    const { number, leaseId } = lease;
    this.state.ledger.push({ kind: 'charge', at, number, leaseId, what, amount, currency });
  }
}

function plusMonths(start: number, months: number): number {
  const date = new Date(start);
  return Date.UTC(
    date.getUTCFullYear(),
    date.getUTCMonth() + months,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  );
}
