/**
 * The Contiguity API as this product uses it. One call is one attempt: retries belong to the workflows, which
 * know whether a repeat is safe. Every method throws `ContiguityError` (see errors.ts) and nothing else.
 */
import type { Billing, BillingMethod, NumberRecord } from '../domain/number-record.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Turns } from './pace.js';

/** Data of a 2xx answer, with the facts of its envelope. */
export interface Answer<T> {
  data: T;
  /** The vendor's clock at the answer, epoch milliseconds; absent where the envelope named none. */
  vendorTime?: number;
  requestId?: string;
  /** Of a list: the vendor answered 404, which it does where the list is empty. */
  notFound?: true;
  /** Of a list: how many records were left out because they could not be read; absent where none was. */
  skipped?: number;
}

/** Whom a client talks to and as whom, so that a run can tell when either has changed. */
export interface Account {
  baseUrl: string;
  /** A short digest of the key, never the key. */
  keyFingerprint: string;
}

export interface LeaseCreated {
  leaseId: string;
  number: PhoneNumber;
  status: string;
  billing: Billing;
}

export interface LeaseTerminated {
  leaseId: string;
  number: PhoneNumber;
  status: string;
  /** ISO 8601. */
  terminatedAt: string | null;
}

export interface TextSent {
  messageId: string;
}

export interface SendText {
  from: PhoneNumber;
  to: PhoneNumber;
  message: string;
}

export interface TextMessage {
  id: string;
  message: string;
  status: string;
  /** Names of what happened to it, oldest first, such as `text.delivery.confirmed`; absent where it was not asked for. */
  events?: string[];
}

/** What cannot be read is absent. */
export interface HistoryEntry {
  to?: string;
  from?: string;
  message?: string;
  /** The vendor's clock, epoch milliseconds. */
  timestamp?: number;
  delivery?: string;
}

export interface Entitlement {
  name: string;
  description?: string;
  /** `granted`, `available`, `ineligible`, `rejected` or one that we don't know yet. */
  status: string;
}

export interface Contiguity {
  readonly account: Account;
  readonly lease: {
    /** `GET /numbers/leases`. A 404 in the vendor's envelope is an empty list. */
    available(): Promise<Answer<NumberRecord[]>>;
    /** `GET /numbers/{n}`. Carries the account's own lease where it has one. */
    get(number: PhoneNumber, options?: Turns): Promise<Answer<NumberRecord>>;
    /** `POST /numbers/lease/{n}`. Spends money. */
    create(
      number: PhoneNumber,
      options?: { billingMethod?: BillingMethod } & Turns,
    ): Promise<Answer<LeaseCreated>>;
    /** `GET /numbers/leased`. A 404 in the vendor's envelope is an empty list. */
    leased(): Promise<Answer<NumberRecord[]>>;
    /** `GET /numbers/leased/{n}`. */
    details(number: PhoneNumber): Promise<Answer<NumberRecord>>;
    /** `DELETE /numbers/leased/{n}`. The vendor cannot undo it. */
    terminate(number: PhoneNumber, options?: Turns): Promise<Answer<LeaseTerminated>>;
  };
  readonly text: {
    /** `POST /send/text`. Spends money. */
    send(text: SendText): Promise<Answer<TextSent>>;
    /** `GET /conversations/history/message/{id}`; `tracking` asks for the events of its way. */
    get(messageId: string, options?: { tracking?: boolean }): Promise<Answer<TextMessage>>;
    /** `GET /conversations/history/text/{to}/{from}/{limit}`, both directions, at most 200 entries. A 404 in the vendor's envelope is an empty list. */
    history(thread: { to: PhoneNumber; from: PhoneNumber; limit?: number }): Promise<Answer<HistoryEntry[]>>;
  };
  readonly entitlements: {
    list(): Promise<Answer<Entitlement[]>>;
    get(name: string): Promise<Answer<Entitlement>>;
    apply(name: string): Promise<Answer<{ granted: boolean }>>;
    revoke(name: string): Promise<Answer<{ revoked: boolean }>>;
  };
  /** Ends the connection pool; calls under way are finished first. */
  close(): Promise<void>;
}
