/** `ApplicationFailure.type` of every failure that ends a request. They are part of the contract: callers branch on them. */
export const FAILURES = [
  'InvalidRequest',
  'ReferenceMismatch',
  'NoNumberAvailable',
  'NumberUnavailable',
  'LimitExceeded',
  'AccountRestricted',
  'Unauthorized',
  'LeaseNotActive',
  'LeaseProtected',
  'MessageRefused',
  'OptedOut',
  'Busy',
  'UnexpectedResponse',
] as const;
export type FailureType = (typeof FAILURES)[number];

/** When each comes, and what whoever gets it can do: docs/reference/failures.md is made of it. */
export const FAILURE_WORDS: Record<FailureType, { when: string; then: string }> = {
  InvalidRequest: {
    when: 'What was asked cannot be done as it is worded; `field` names what is wrong. Nothing was changed.',
    then: 'Put it right and ask again.',
  },
  ReferenceMismatch: {
    when: 'The reference was used for another request; `field` names the first difference.',
    then: 'Give the request as it was, or take another reference.',
  },
  NoNumberAvailable: {
    when: 'No number that can be leased now fits, or none of those that were tried was to be had.',
    then: 'Ask for less, or ask again later.',
  },
  NumberUnavailable: {
    when: 'The number that was named is taken, held for another reference, unknown to the vendor or refused by it.',
    then: 'Name another one, or give criteria.',
  },
  LimitExceeded: {
    when: 'What fits is over the `limits` of the request, or its price is not known to be within them; or a limit of the account or of a label is reached: `limit` has its figures.',
    then: 'Raise that limit or make room under it: give numbers back, or wait until earlier fees count no more.',
  },
  AccountRestricted: {
    when: 'The vendor does not let the account do this: an agreement (`agreementUrl`), an entitlement or a requirement of the number is missing.',
    then: 'Accept the agreement, or have the vendor grant what is missing; then ask again.',
  },
  Unauthorized: {
    when: 'The vendor does not accept the API key of the workers. What holds a number waits instead.',
    then: 'Put `CONTIGUITY_API_KEY` of the workers right, then ask again.',
  },
  LeaseNotActive: {
    when: 'The lease is over or on its way back, no run owns the number, or `restore` comes when there is nothing to undo.',
    then: 'In its grace period `restore` it; else lease a number anew.',
  },
  LeaseProtected: {
    when: '`terminate` was asked of a lease that is protected.',
    then: 'Lift the protection first: `protect` with false.',
  },
  MessageRefused: {
    when: 'The vendor refused the text, or its id was used for another recipient.',
    then: 'Put it right and send it under a new id: the same id gets the same answer.',
  },
  OptedOut: {
    when: 'The recipient said STOP to this number. The text was not sent.',
    then: 'Send them nothing from it before they say START.',
  },
  Busy: {
    when: 'The number has as many sends under way as it takes, or Temporal has too much to do.',
    then: 'Ask again in a moment, a text under the same id. The library does so by itself for a while.',
  },
  UnexpectedResponse: {
    when: 'An answer made no sense, or what a call did could not be found out.',
    then: 'Read its message, and the run in the Temporal UI. A provision that failed may be asked for again.',
  },
};

/** A failure as data: what a workflow keeps, a query shows and an `ApplicationFailure` carries. */
export interface Failure {
  type: FailureType;
  message: string;
  /** The request's field that is wrong, as a path: `messages[0].to`. */
  field?: string;
  /** Where the vendor wants an agreement accepted (with `AccountRestricted`). */
  agreementUrl?: string;
  /** Which limit of the account or of a label is reached (with `LimitExceeded`): no other number would help. */
  limit?: LimitReached;
}

/** A limit on everything that is held, with its figures at the moment of the refusal. */
export interface LimitReached {
  /** `account`, or a label: `tenant=acme`. */
  scope: string;
  /** Leases held, their sum a month, or what was spent on upfront fees in the limit's period. */
  kind: 'leases' | 'monthly' | 'upfront';
  used: number;
  asked: number;
  most: number;
  currency?: string;
}

export function failure(
  type: FailureType,
  message: string,
  facts: Omit<Failure, 'type' | 'message'> = {},
): Failure {
  return { type, message, ...facts };
}

/** The failure that a run ended with, from what came over the wire: the type is one of ours, the details hold the rest. */
export function failureFrom(ended: {
  type?: string | null | undefined;
  message: string;
  details?: unknown[] | null | undefined;
}): Failure {
  const type = FAILURES.find((known) => known === ended.type);
  if (!type) return failure('UnexpectedResponse', ended.message);
  const [facts] = ended.details ?? [];
  return { ...(typeof facts === 'object' ? facts : {}), type, message: ended.message };
}
