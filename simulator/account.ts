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
  private readonly byE164: Map<string, SimulatedNumber>;
  /** Nothing falls due before: most calls need not look through the leases. */
  private nextDue = 0;

  constructor(
    readonly state: SimulatorState,
    private readonly onText: (text: SimulatedText) => void = () => undefined,
  ) {
    this.byE164 = new Map(state.numbers.map((number) => [number.id, number]));
  }

  /** Nothing falls due before this instant. */
  get dueAt(): number {
    return this.nextDue;
  }

  /** Everything that falls due by `now`, in its order: releases, and months of leases that are still held. */
  advance(now: number): void {
    if (now < this.nextDue) return;
    const due = this.state.leases.flatMap((lease) => dueBy(lease, now)).sort((a, b) => a.at - b.at);
    for (const { lease, what, at } of due) {
      if (what === 'release') this.free(lease, at, 'us');
      else this.chargeMonth(lease, at);
    }
    this.nextDue = this.state.leases.reduce((soonest, lease) => Math.min(soonest, nextOf(lease)), Infinity);
  }

  number(e164: string): SimulatedNumber {
    const found = this.byE164.get(e164);
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
    const free = number.status === 'available' || number.status === 'g-available';
    if (!free || this.leaseOn(e164)) {
      throw new Refusal(400, `Number ${e164} is not available for lease`);
    }
    this.state.drawn += 1;
    const leaseId = id('lsd', this.state.seed, e164, this.state.drawn);
    const lease: SimulatedLease = {
      leaseId,
      number: e164,
      by,
      status: 'active',
      ...this.activationOf(leaseId, now),
      billingMethod,
      start: now,
      monthsCharged: 0,
    };
    this.state.leases.push(lease);
    this.state.expired = this.state.expired.filter((old) => old.number !== e164);
    number.status = 'leased';
    this.state.ledger.push({ kind: 'leased', at: now, number: e164, leaseId, by, billingMethod });
    if (by !== 'other') {
      this.charge(lease, 'upfront', number.pricing.upfront_fee, now);
      this.chargeMonth(lease, now);
    }
    this.nextDue = Math.min(this.nextDue, nextOf(lease));
    return lease;
  }

  private activationOf(leaseId: string, now: number): Pick<SimulatedLease, 'activeAt'> {
    const { activation, seed } = this.state;
    if (!activation) return {};
    const { minMs, maxMs } = activation;
    return { activeAt: Math.round(now + minMs + draw(seed, 'activation', leaseId) * (maxMs - minMs)) };
  }

  /** What a lease shows at this instant. */
  statusOf({ status, activeAt }: SimulatedLease, now: number): string {
    return activeAt !== undefined && activeAt > now ? (this.state.activation?.status ?? 'pending') : status;
  }

  /** The vendor goes on with the account's lease under another id, from a new billing period on. */
  renew(e164: string, now: number): SimulatedLease {
    const lease = this.ownLease(e164);
    const { leaseId: previousId } = lease;
    this.state.drawn += 1;
    lease.leaseId = id('lsd', this.state.seed, e164, this.state.drawn);
    Object.assign(lease, { start: now, monthsCharged: 0 });
    const { leaseId, by } = lease;
    this.state.ledger.push({ kind: 'renewed', at: now, number: e164, leaseId, previousId, by });
    this.chargeMonth(lease, now);
    this.nextDue = Math.min(this.nextDue, nextOf(lease));
    return lease;
  }

  private checkAllowed(number: SimulatedNumber, billingMethod: string): void {
    this.needs('lease', 'The lease agreement is not accepted');
    this.checkPaid();
    for (const requirement of number.data.requirements ?? []) {
      this.needs(REQUIREMENTS[requirement] ?? requirement, `Number requires ${requirement}`);
    }
    if (billingMethod === 'service_contract' && this.state.entitlements['service_contract'] !== true) {
      throw new Refusal(400, 'No active service contract');
    }
  }

  private checkPaid(): void {
    if (this.state.unpaid === true) throw new Refusal(402, 'Payment required');
  }

  /** Refuses what the account may not do until it accepts the agreement that the answer names. */
  needs(entitlement: string, otherwise: string): void {
    if (this.state.entitlements[entitlement] === true) return;
    throw new Refusal(403, otherwise, `${AGREEMENTS}/${entitlement}`);
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
        : Math.round(now + lag.minMs + draw(this.state.seed, 'lag', lease.leaseId) * (lag.maxMs - lag.minMs));
    this.nextDue = Math.min(this.nextDue, nextOf(lease));
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
      at,
      number: lease.number,
      leaseId: lease.leaseId,
      by,
    });
  }

  /** Another account gives a number back, also one that it has held from the start. */
  freeOfOther(e164: string, now: number): void {
    const lease = this.leaseOn(e164);
    const number = this.number(e164);
    if (lease?.by === 'other') this.free(lease, now, 'other');
    else if (!lease && number.status === 'leased') number.status = 'available';
    else throw new Refusal(400, `Another account does not lease ${e164}`);
  }

  /** The vendor ends the lease by itself: the number is free, and its record shows the old lease as expired for now. */
  expire(e164: string, now: number): void {
    const lease = this.ownLease(e164);
    this.free(lease, now, 'vendor');
    this.state.expired.push({ ...lease, status: 'expired' });
  }

  send(text: Omit<SimulatedText, 'messageId' | 'at'>, now: number): SimulatedText {
    const lease = this.ownLeases().find(({ number }) => number === text.from);
    if (!lease || this.statusOf(lease, now) !== 'active')
      throw new Refusal(400, `You don't have an active lease on ${text.from}`);
    this.checkPaid();
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
    this.onText(sent);
    return sent;
  }

  private chargeMonth(lease: SimulatedLease, at: number): void {
    lease.monthsCharged += 1;
    this.charge(lease, 'month', this.number(lease.number).pricing.monthly_rate, at);
  }

  private charge(lease: SimulatedLease, what: 'upfront' | 'month', amount: number, at: number): void {
    const { currency } = this.number(lease.number).pricing;
    const { number, leaseId } = lease;
    this.state.ledger.push({ kind: 'charge', at, number, leaseId, what, amount, currency });
  }
}

interface Due {
  lease: SimulatedLease;
  what: 'month' | 'release';
  at: number;
}

function dueBy(lease: SimulatedLease, now: number): Due[] {
  const due: Due[] = [];
  const release = lease.releaseAt ?? Infinity;
  for (let month = lease.monthsCharged; lease.by !== 'other'; month += 1) {
    const at = plusMonths(lease.start, month);
    if (at > now || at >= release) break;
    due.push({ lease, what: 'month', at });
  }
  if (release <= now) due.push({ lease, what: 'release', at: release });
  return due;
}

function nextOf({ by, start, monthsCharged, releaseAt }: SimulatedLease): number {
  const month = by === 'other' ? Infinity : plusMonths(start, monthsCharged);
  return Math.min(month, releaseAt ?? Infinity);
}

/** Calendar months of UTC; where the month has no such day, its last one. */
function plusMonths(start: number, months: number): number {
  const date = new Date(start);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime();
}
