/** What an act would do, told before it is done: answers of `planProvision` and of the plans of a lease's end. */
import type { ExtendRequest, LeaseState, TerminateRequest } from './contract.js';
import type { Failure } from './failures.js';
import type { Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';
import type { ScopeFigures } from './spending.js';

/**
 * `take`: it would be leased. `spare`: it would be tried after that one. `refused`: it would be tried before, and not
 * taken, for what `failure` says.
 */
export type CandidatePlan = 'take' | 'spare' | 'refused';

export interface PlannedCandidate {
  number: PhoneNumber;
  plan: CandidatePlan;
  failure?: Failure;
  /** Absent where the vendor names none. */
  price?: Pricing;
  /** 0 to 1. */
  reputation: number;
  /** What the vendor requires of an account for this number; `met` is null where it does not say whether it is. */
  requirements: { name: string; met: boolean | null }[];
}

/** Amounts in whole units of the currency. A month is paid when it begins: the assumption of `leasehold audit` too. */
export interface PlannedCost {
  currency: string;
  /** At once: the upfront fee and the first month. */
  now: number;
  upfrontFee: number;
  monthlyRate: number;
  /** All months that begin before the number goes back; absent where no end is known. */
  untilEnd?: { months: number; total: number };
}

/** What the account, or a label, holds of its limits now, and what is left after the planned lease. */
export interface PlannedRoom {
  now: ScopeFigures;
  /** Only what is limited; below 0: so much is missing. */
  left: { leases?: number; monthly?: number; upfront?: number };
}

/** The room, and by which count: the book's, or a new one of the open leases where no book can tell. */
export interface RoomPlan {
  scopes: PlannedRoom[];
  counted: 'book' | 'open leases';
}

/** Result of the workflow `planProvision`, for a reference that is not in use. */
export interface SearchPlan {
  act: 'lease' | 'fail';
  /** With `fail`: what the provision would fail with. */
  failure?: Failure;
  /** With `lease`. */
  number?: PhoneNumber;
  /** In the order in which they would be tried. */
  candidates: PlannedCandidate[];
  /** Of the number that would be taken; absent where its price is not known. */
  cost?: PlannedCost;
  /** The deadline, where the request gives one; ISO 8601. */
  expiresAt?: string;
  /** Absent where the workers have no limits. */
  room?: RoomPlan;
  /** What the vendor lets this account do; absent where it did not say. */
  entitlements?: { name: string; status: string }[];
}

/**
 * What a provision would do now. `join`: a run for this reference is at it. `answer`: the reference has its lease.
 * Both cost nothing more.
 */
export interface ProvisionPlan extends Omit<SearchPlan, 'act'> {
  reference: string;
  act: SearchPlan['act'] | 'join' | 'answer';
  /** With `answer`. */
  leaseId?: string;
}

/** A month of a lease that is paid. */
export interface PaidMonth {
  currency: string;
  /** ISO 8601. */
  from: string;
  /** When the next one would begin. */
  until: string;
  amount: number;
}

/** Argument of the queries `planTerminate` and `planExtend`. */
export interface PlanAsked<Request> {
  request: Request;
  /** Now, ISO 8601. Default: when the run last acted, which may be long ago. */
  at?: string;
}
export type PlanTerminate = PlanAsked<TerminateRequest>;
export type PlanExtend = PlanAsked<ExtendRequest>;

/** What a termination would do now. `nothing`: it is on its way back, or over. */
export interface TerminatePlan {
  act: 'terminate' | 'nothing' | 'fail';
  failure?: Failure;
  number: PhoneNumber;
  reference: string;
  leaseId: string | null;
  /** Afterwards. */
  state: LeaseState;
  /** When the `DELETE` would go, ISO 8601; with a grace period it can be undone until then. */
  releasesAt?: string;
  graceMs?: number;
  protected: boolean;
  /** The present deadline, which is not waited for. */
  expiresAt?: string;
  /** Absent where the price is not known. */
  paid?: PaidMonth;
  /** The part of `paid` that is left when the `DELETE` goes, and lost: the vendor gives nothing back. */
  lost?: number;
  /** Months that begin before the `DELETE` goes, and what they cost. */
  further?: { months: number; amount: number };
  /** Texts that wait and would be refused. */
  textsWaiting: number;
}

/** What an extension would do now. */
export interface ExtendPlan {
  act: 'extend' | 'fail';
  failure?: Failure;
  number: PhoneNumber;
  reference: string;
  leaseId: string | null;
  /** The deadline as it is; absent: until told. ISO 8601. */
  from?: string;
  /** As it would be. */
  to?: string;
  /** Months that are paid for with the new deadline and not with the old one; below 0 where it is earlier. */
  cost?: { currency: string; months: number; amount: number };
  paid?: PaidMonth;
}
