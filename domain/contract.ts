/**
 * The contract: what callers give to the workflows and get from them. It may grow (optional fields, updates,
 * states); it never changes, because other programs are written against it.
 */
import type { Duration } from './duration.js';
import type { Failure } from './failures.js';
import type { Labels } from './labels.js';
import type { Limits } from './money.js';
import type { Billing, BillingMethod, Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';

/** Which numbers will do. Every field is optional; `{}` is any number. */
export interface Criteria {
  /** ISO 3166-1 alpha-2, such as `US`. */
  country?: string;
  /** The vendor's region or state code, such as `CA`. */
  region?: string;
  city?: string;
  /** The digits that follow the country's calling code. */
  areaCode?: string;
  /** Every one of these must be there. */
  channels?: string[];
  carrier?: string;
  /** 0 to 1. */
  minReputation?: number;
  intlSms?: boolean;
  /** Requirements of a number that the account meets; a number with another one is not taken. Not given: any. */
  allowRequirements?: string[];
}

export interface Message {
  /** The caller's own key: one id is sent once a lease. */
  id: string;
  to: PhoneNumber;
  message: string;
  /** Whether it arrived is asked of the vendor where no webhook tells, until `delivery` is known. Default: false. */
  confirmDelivery?: boolean;
}

export interface ReleasePolling {
  initial?: Duration;
  /** Factor between one wait and the next; at least 1. */
  backoff?: number;
  max?: Duration;
  escalateAfter?: Duration;
}

/** How fast texts leave one number: a bucket of `burst` that refills at `perSecond`. */
export interface Pacing {
  perSecond?: number;
  burst?: number;
}

/** What is looked at while a number is held. Nothing is looked at by itself without `checkEvery`. */
export interface HealthTerms {
  /** 0 to 1: below it the number is unwell. */
  minReputation?: number;
  checkEvery?: Duration;
}

/** Input of `provisionLease`. */
export interface ProvisionRequest {
  /** The caller's own key for this request: the same reference gives the same run and the same answer. */
  reference: string;
  number?: PhoneNumber;
  criteria?: Criteria;
  billingMethod?: BillingMethod;
  limits?: Limits;
  /** Numbers that the reference leases one after another at most, in all its runs. Default: 3. */
  maxNumbersLeased?: number;
  /** How long a number may take to be leased; then the request fails, and the number is released. Default: 15 minutes. */
  acquireTimeout?: Duration;
  term?: Duration;
  /**
   * ISO 8601 instant, wall-clock time in an IANA zone (`2027-03-28T02:30[Europe/Berlin]`) or `billing-period-end`.
   * Neither `term` nor `until`: leased until somebody says so.
   */
  until?: string;
  /** Neither `terminate` nor the deadline gives it back before the protection is lifted; a cancel does. */
  protected?: boolean;
  /** So long after a termination or the deadline the number is still ours, and `restore` undoes it. */
  grace?: Duration;
  /** So long before the deadline the state becomes `expiring`. */
  warnBefore?: Duration;
  /** At the deadline the lease goes on by its term, or by a billing period. */
  autoRenew?: boolean;
  health?: HealthTerms;
  messages?: Message[];
  terminateAfterMessages?: boolean;
  releasePolling?: ReleasePolling;
  settleWindow?: Duration;
  pacing?: Pacing;
  /** Words of the caller's own, such as `{ tenant: 'acme' }`: to list leases by. At most 20. */
  labels?: Labels;
}

/** Result of `provisionLease`, as of `leasedAt`. */
export interface Leased {
  reference: string;
  number: PhoneNumber;
  leaseId: string;
  status: 'active';
  billing: Billing;
  /** ISO 8601. */
  leasedAt: string;
}

export type ProvisionState = 'finding' | 'leasing' | 'leased' | 'failed';

/** One number that a provision looked at, and what came of it. */
export interface Candidate {
  number: PhoneNumber;
  outcome: 'waiting' | 'trying' | 'leased' | 'refused';
  failure?: Failure;
}

export interface ProvisionStatus {
  state: ProvisionState;
  candidates: Candidate[];
  number?: PhoneNumber;
  failure?: Failure;
}

/**
 * `expiring`: the warning before the deadline is out. `grace`: given back, but the `DELETE` is still ahead and can be
 * undone.
 */
export type LeaseState =
  'leasing' | 'active' | 'expiring' | 'grace' | 'terminating' | 'attention' | 'released';
export type MessageOutcome = 'queued' | 'sent' | 'unknown' | 'refused';
/** `unknown`: it was asked for, and neither a webhook nor the vendor, when it was asked, told in time. */
export type Delivery = 'confirmed' | 'failed' | 'unknown';

export interface MessageRecord {
  id: string;
  to: PhoneNumber;
  outcome: MessageOutcome;
  messageId?: string;
  failure?: Failure;
  /** What the vendor said of it since, by a webhook or when it was asked. */
  delivery?: Delivery;
}

export interface Counts {
  queued: number;
  sent: number;
  unknown: number;
  refused: number;
}

export interface LogEntry {
  /** ISO 8601. */
  at: string;
  text: string;
}

/** How a held number is, as last seen. */
export interface Health {
  problems: HealthProblem[];
  /** ISO 8601; absent where nobody has looked yet. */
  checkedAt?: string;
  /** 0 to 1. */
  reputation?: number;
}
/** `substituted`: a text left from another number; it stays for the lease's life. */
export type HealthProblem = 'reputation' | 'paused' | 'substituted';

/**
 * Why an operator should look. `api`: the vendor's API does not answer, or not this account. `pending`: the lease is there,
 * but not active. `disputed`: an open lease of which nothing proves whether it is ours. `release`: it should be over by now.
 * `deadline`: it passed while the lease is protected.
 */
export type AttentionKind = 'disputed' | 'pending' | 'api' | 'release' | 'deadline';

export interface Attention {
  kind: AttentionKind;
  /** What is wrong. */
  message: string;
  /** What an operator can do; the run goes on by itself meanwhile. */
  nextStep: string;
}

/** Answer of `manageLease`'s query `status`. */
export interface LeaseStatus {
  state: LeaseState;
  /** With the state `attention`. */
  attention?: Attention;
  number: PhoneNumber;
  leaseId: string | null;
  reference: string;
  /** As the request gave them; absent where it gave none. */
  labels?: Labels;
  billing: Billing | null;
  leasedAt: string | null;
  expiresAt?: string;
  /** While the state is `grace`: when the `DELETE` is sent. */
  releasesAt?: string;
  /** Where it is so. */
  protected?: boolean;
  autoRenew?: boolean;
  /** Where the request asks for it, or a text left from another number. */
  health?: Health;
  /** When the run acts next by itself, and why. */
  nextWake?: { at: string; why: string };
  /** The last 100. */
  messages: MessageRecord[];
  counts: Counts;
  /** How often the run has looked whether the number is released. */
  polls: number;
  /** The last 100. */
  log: LogEntry[];
}

/** Result of `manageLease`. `leaseId` is null where it is sure that nothing was leased. */
export interface LeaseResult {
  number: PhoneNumber;
  leaseId: string | null;
  reference: string;
  labels?: Labels;
  messages: MessageRecord[];
  counts: Counts;
  terminatedAt: string | null;
  releasedAt: string | null;
  /** `operator`: the vendor never showed the release, and an operator resolved it as released. */
  releasedBy: 'us' | 'vendor' | 'operator' | null;
  reason: string;
  polls: number;
  /** What the run told the provision that started it: a step of it that runs again reads it here. */
  acquired: Acquired;
}

export interface SendAnswer {
  id: string;
  outcome: 'sent' | 'unknown';
  messageId?: string;
}

export type ExtendRequest = { term: Duration } | { until: string };
export interface ExtendAnswer {
  expiresAt: string;
}

export interface TerminateRequest {
  reason?: string;
  /** The caller vouches that the present API key is of the account that leased the number. */
  sameAccount?: boolean;
  /** Instead of the lease's own; `none`: at once. */
  grace?: Duration;
}
export interface TerminateAnswer {
  state: LeaseState;
  /** With the state `grace`: until then it can be restored. */
  releasesAt?: string;
}

/** Update `resolve`: whose a disputed lease is, or that a release which the vendor does not show has happened. */
export interface ResolveRequest {
  decision: 'ours' | 'not-ours' | 'released';
  leaseId: string;
  /** Who decided: recorded with the decision. */
  by: string;
}
export interface ResolveAnswer {
  state: LeaseState;
}

export interface ProtectRequest {
  protected: boolean;
}
export type ProtectAnswer = ProtectRequest;

export interface RestoreAnswer {
  state: LeaseState;
  /** A deadline that passed meanwhile is the next one of its term; absent where there is none any more. */
  expiresAt?: string;
}

export interface RenewRequest {
  auto: boolean;
}
export interface RenewAnswer extends RenewRequest {
  /** The present deadline. */
  expiresAt?: string;
}

/** Signal `deliveryReported`. */
export interface DeliveryReport {
  messageId: string;
  delivered: boolean;
  error?: string;
}

/** Signal `numberSubstituted`: a text went out from another number than asked. */
export interface Substitution {
  usedNumber: PhoneNumber;
  messageId?: string;
  reason?: string;
}

/** Signal `optOutReported`: a recipient said STOP to the number, or START again. */
export interface OptOutReport {
  recipient: PhoneNumber;
  optedOut: boolean;
  /** When the recipient said so, epoch milliseconds: the latest word holds, in whichever order reports come. */
  at: number;
}

/** Answer of `manageLease`'s update `acquire`, between our own workflows. */
export type Acquired =
  | { outcome: 'leased'; lease: Leased }
  | {
      outcome: 'refused';
      failure: Failure;
      /**
       * Whose fault it is: another number helps only where it is this number's. `vendor`: a 5xx that is settled as "not
       * leased". Absent: `number`.
       */
      blame?: Blame;
      /** It was leased all the same: the run releases it. */
      leased?: true;
      /** The run started too late to be wanted: nothing was requested, and it may be started again. */
      late?: true;
    };
export type Blame = 'number' | 'vendor' | 'account';

/** Names of workflows, updates, queries and signals, as they stand on the wire. */
export const NAMES = {
  provisionLease: 'provisionLease',
  manageLease: 'manageLease',
  status: 'status',
  acquire: 'acquire',
  send: 'send',
  extend: 'extend',
  terminate: 'terminate',
  protect: 'protect',
  restore: 'restore',
  renew: 'renew',
  resolve: 'resolve',
  recover: 'recover',
  deliveryReported: 'deliveryReported',
  numberSubstituted: 'numberSubstituted',
  optOutReported: 'optOutReported',
  spendingBook: 'spendingBook',
  postSpending: 'postSpending',
  figures: 'figures',
  rebuild: 'rebuild',
  recount: 'recount',
  deliverEvent: 'deliverEvent',
  adoptNumbers: 'adoptNumbers',
  reconcileLeases: 'reconcileLeases',
  planProvision: 'planProvision',
  planTerminate: 'planTerminate',
  planExtend: 'planExtend',
  previewSpending: 'previewSpending',
  provisionMany: 'provisionMany',
  progress: 'progress',
} as const;

/** Memo of `provision/<reference>`: tells another request under a used reference, and which field differs. */
export interface ProvisionMemo {
  requestDigest: Record<string, string>;
}

/** Memo of `lease/<number>`: whose run this is. */
export interface LeaseMemo {
  reference: string;
  provisionRunId: string;
  /** What the number was like when it was taken, to tell later what has changed. */
  taken: { price?: Pricing; channels: string[]; reputation: number };
}
