/**
 * What a request that changes something came to. There are three outcomes, not two: a request without a readable response
 * may have acted, so it is neither done nor free to be repeated.
 */
export type Outcome<T> = Confirmed<T> | Refused | Ambiguous;

/** The vendor answered that it acted. */
export interface Confirmed<T> {
  outcome: 'confirmed';
  value: T;
  /** The vendor's clock at its answer, epoch milliseconds. */
  vendorTime?: number;
}

/**
 * The vendor said no, or the request never left. Only the latter (`call.neverSent`) proves that nothing happened: a proxy
 * may deliver a request twice, and the refusal may answer the second copy while the first one acted.
 */
export interface Refused {
  outcome: 'refused';
  call: CallFacts;
  /** Run id of the workflow, where it was reset since its last request: nothing was sent. */
  reset?: string;
}

/** Nobody knows whether the call acted: read back, then decide. */
export interface Ambiguous {
  outcome: 'ambiguous';
  call: CallFacts;
}

/** Whether it is proven that nothing happened. */
export function isUnsent(outcome: Outcome<unknown>): boolean {
  return outcome.outcome === 'refused' && outcome.call.neverSent;
}

/** Facts of a call that failed, fit for histories and logs: no key, no recipient, no text. */
export interface CallFacts {
  /** `POST /numbers/lease/+14155550123`; recipients are masked. */
  call: string;
  /** HTTP status; absent where no answer came. */
  status?: number;
  /** One line. */
  message: string;
  /** The vendor's own envelope was around the answer: it was the API that spoke and no box in between. */
  byVendor: boolean;
  /** The request never left this machine (name not found, connection refused). */
  neverSent: boolean;
  /** It was not sent because it is not its turn yet: nothing is wrong. */
  heldBack?: boolean;
  retryAfterMs?: number;
  requestId?: string;
  agreementUrl?: string;
}

/** What a read came to. A read that was not answered may always be repeated. */
export type Read<T> = Answered<T> | Unanswered;

export interface Answered<T> {
  answered: true;
  value: T;
  /** The vendor's clock at its answer, epoch milliseconds. */
  vendorTime?: number;
}

export interface Unanswered {
  answered: false;
  call: CallFacts;
  /** The worker talks to another API, or as another account, than the lease was made with. */
  otherAccount?: boolean;
}
