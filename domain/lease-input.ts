/** What goes between our own two workflows and their activities. Versioned with them; not part of the contract. */
import type { Labels } from './labels.js';
import type { CallFacts } from './outcome.js';
import type {
  Acquired,
  AttentionKind,
  Counts,
  Delivery,
  Health,
  LogEntry,
  Message,
  MessageRecord,
} from './contract.js';
import type { Limits } from './money.js';
import type { Billing, BillingMethod, Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';

/** Whom a lease was made with and as whom: a release is only proven by the same account at the same API. */
export interface LeaseAccount {
  baseUrl: string;
  /** A short digest of the key, never the key. */
  keyFingerprint: string;
}

/** Waits between two looks for the release, in milliseconds. */
export interface PollingTerms {
  initialMs: number;
  backoff: number;
  maxMs: number;
  escalateAfterMs: number;
}

export interface PacingTerms {
  perSecond: number;
  burst: number;
}

/** A validated request with its defaults filled in and its durations in milliseconds. Messages travel beside it. */
export interface LeaseTerms {
  billingMethod: BillingMethod;
  limits?: Limits;
  termMs?: number;
  /** Epoch milliseconds. */
  until?: number;
  /** Until the end of the billing period. */
  untilPeriodEnd?: true;
  protected?: true;
  graceMs?: number;
  warnBeforeMs?: number;
  autoRenew?: true;
  health?: { minReputation?: number; checkEveryMs?: number };
  terminateAfterMessages: boolean;
  polling: PollingTerms;
  settleWindowMs: number;
  pacing: PacingTerms;
}

/** A number worth trying, as last read. */
export interface Offer {
  number: PhoneNumber;
  price?: Pricing;
  requirements: string[];
  channels: string[];
  reputation: number;
  /**
   * The vendor's clock at the read that showed the number free, epoch milliseconds: a lease that is clearly older is not
   * ours. Absent where the response named no time.
   */
  freeAt?: number;
}

/**
 * The signal that wakes a run before its timer does: a provision, when its number's run has an answer; a number's run,
 * when its lease is off the vendor's list. It says nothing more.
 */
export const WAKE = 'wake';
/** A number's run that is as old as this when it has its answer wakes the provision, which may have stopped waiting for it. */
export const WAKES_AFTER_MS = 3_000;

/** Input of `manageLease`. */
export interface ManageLeaseInput {
  reference: string;
  provisionRunId: string;
  offer: Offer;
  /** Of the worker that started the run. */
  account: LeaseAccount;
  terms: LeaseTerms;
  messages: Message[];
  labels?: Labels;
  /** The worker that started the run has spending limits: room in them is asked for before the lease call. */
  budgeted?: true;
  /** The worker that started the run tells services of state changes and deliveries. */
  announces?: true;
  /** The run leases nothing: it takes over this lease, which the account has already. */
  adopt?: { leaseId: string };
  /** Epoch milliseconds on the Temporal server's clock: a run that starts later leases nothing. */
  startBy?: number;
  /** Set when the run goes on from an earlier one of the same lease (continue-as-new). */
  carried?: LeaseMemory;
}

/** A lease as the vendor confirmed or showed it. */
export interface VendorLease {
  leaseId: string;
  billing: Billing;
}

/** A lease that is, or may be, ours. */
export interface OwnLease extends VendorLease {
  /** When the run learned of it, epoch milliseconds. */
  knownAt: number;
}

/** Everything that a run knows about its number: plain data, so that it can be carried into a new run. */
export interface LeaseMemory {
  phase: 'leasing' | 'active' | 'releasing' | 'done';
  /** With whom it was leased; a rotated key takes the old one's place once it has shown our lease. */
  account: LeaseAccount;
  /** Somebody vouches that the present key belongs to the account of the lease. */
  accountVouched?: boolean;
  /** Where the run stands with the spending book; `asked` may have been granted. Absent: nothing is held there. */
  budget?: 'asked' | 'held';
  lease?: OwnLease;
  /** Epoch milliseconds, as every time below; the first run of this lease. */
  startedAt: number;
  leasedAt?: number;
  expiresAt?: number;
  acquired?: Acquired;
  ending?: { reason: string; at: number };
  /** Asked to end, and to be restored until then. */
  grace?: { reason: string; until: number };
  /** Somebody restored it: the end of its messages is its end no more. */
  restored?: true;
  protected?: boolean;
  autoRenew?: boolean;
  /** The deadline is a billing period's end. */
  byPeriod?: boolean;
  /** The warning before the present deadline is out. */
  warned?: boolean;
  health?: Health;
  /** Lease calls that may still create a lease, or may have; absent before the first one, and once none can any more. */
  calls?: LeaseCalls;
  /** How many lease calls came to nothing although the number stayed free. */
  failedCalls: number;
  /** An open lease on the number of which nothing proves whether it is ours; an operator decides. */
  dispute?: { leaseId: string };
  /** Leases that an operator decided about. */
  resolvedOurs?: string[];
  notOurs?: string[];
  /** Run id since the last reset of the history; absent where there was none. */
  runId?: string;
  /** The history was taken back: a text may have been sent that it does not show. */
  historyDoubt?: HistoryDoubt;
  /** Until then a `DELETE`, or a copy of one, may still act. */
  terminateDoubtUntil: number;
  terminatedAt?: number;
  releasedAt?: number;
  releasedBy?: 'us' | 'vendor' | 'operator';
  troubles: Partial<Record<AttentionKind, string | undefined>>;
  /** Still to be sent, first one first. */
  queue: Message[];
  /** Texts of which it is not known whether they were sent, or which were found not to be; still in the queue. */
  doubts: TextDoubt[];
  /** What became of each message id of this lease, oldest first. */
  messages: RememberedMessage[];
  counts: Counts;
  /** Texts whose delivery was to be confirmed and is not known yet. */
  awaited: AwaitedDelivery[];
  /** Deliveries of texts that are not known to be sent yet: a webhook may overtake the answer of a send. */
  earlyDeliveries?: EarlyDelivery[];
  /**
   * A time of the vendor's clock since which no text of this lease was sent but those in doubt, epoch milliseconds. Absent
   * where the response to the last one named no time.
   */
  vendorTime?: number;
  /** Texts may leave from another number, so the history of ours proves nothing. */
  substituted: boolean;
  /** How many events were emitted, for their ids. */
  announced: number;
  /** Recipients who said STOP, or START again, and when. */
  optOuts: Record<PhoneNumber, { at: number; out: boolean }>;
  pacing: { tokens: number; at: number };
  polls: number;
  release?: ReleaseProgress;
  log: LogEntry[];
}

/** What is known of the lease calls of a run. Times in epoch milliseconds of the Temporal server. */
export interface LeaseCalls {
  /** A read before the first of them showed the number free. */
  freeBefore: boolean;
  /** One of them was confirmed, or its response does not say what it did. */
  mayHaveActed: boolean;
  /** No read has shown yet what those that may have acted did. */
  unexplained: boolean;
  /** Until then one of them, or a copy that a proxy delivers late, may still create a lease. */
  mayActUntil: number;
  /** The last one, where no read has followed it yet. Nothing is repeated before. */
  unsettled?: { call: CallFacts; isAmbiguous: boolean; at: number };
}

/** A message with the digest of its text, by which rows of the vendor's history are told apart. */
export type RememberedMessage = MessageRecord & { digest?: string };

export interface TextDoubt {
  id: string;
  why: string;
  /** From then on a read of the history is decisive, epoch milliseconds; absent: it was not sent, and may be sent again. */
  until?: number;
  /** The latest time of the vendor's clock before the text was first sent; absent where no response named one. */
  notBefore?: number;
  /** The vendor refused it, or a copy of it. */
  isRefused?: boolean;
  /** The refusal is about the text: it is not sent again. */
  isFinal?: boolean;
  failures: number;
  /** It is not sent again before, epoch milliseconds. */
  retryAt?: number;
}

/** After a reset, or a restore of an older backup. */
export interface HistoryDoubt {
  /** From then on a read shows what was sent before, epoch milliseconds. */
  until: number;
  /** The latest time of the vendor's clock that is left in the history. */
  notBefore?: number;
  /** The last message that is left in the history. */
  lastId?: string;
}

/** A text of which the service wants to know whether it arrived. */
export interface AwaitedDelivery {
  /** The vendor's id of it. */
  messageId: string;
  /** Epoch milliseconds. */
  sentAt: number;
  /** How often the vendor was asked. */
  looks: number;
}

export interface EarlyDelivery {
  /** The vendor's id of the text. */
  messageId: string;
  delivery: Delivery;
}

/** How far the giving back of one lease is. */
export interface ReleaseProgress {
  leaseId: string;
  /** When the run learned of the lease. */
  knownAt: number;
  /** A `DELETE` is to be sent now. */
  isDue: boolean;
  /** An operator resolved the lease as released. */
  isResolved?: true;
  /** When a `DELETE` was first sent, and when the last one was. */
  firstAskedAt: number;
  lastAskedAt: number;
  /** The vendor confirmed a `DELETE`. */
  accepted: boolean;
  /** A `DELETE` may have acted: confirmed, or its answer was lost. */
  byUs: boolean;
  /** The answer of the last `DELETE` was lost, and nothing has shown yet whether it acted. */
  inDoubt?: true;
  /** The last `DELETE` was answered: a read that is requested from now on shows what it did. */
  isAnswered?: true;
  /** When a read first showed no open lease of ours; a later one is the proof where no `DELETE` was answered. */
  overAt?: number;
  /** When the vendor first said that it knows no such number. */
  missingAt?: number;
  looks: number;
  waitMs: number;
  /** The worker that looked last wakes the run when the lease is off the vendor's list. */
  watched?: true;
}
