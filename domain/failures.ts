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
