import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  TerminatedFailure,
  TimeoutFailure,
  ValueError,
} from '@temporalio/common';
import { EncryptionError } from '../codec/encryption-codec.js';
import { KEYS_VARIABLE } from '../codec/keys.js';
import { ENCRYPTED } from '../domain/payload-metadata.js';
import { FAILURES, type Failure, type FailureType, type LimitReached } from '../domain/failures.js';
import { InvalidRequestError } from '../domain/invalid-request.js';

/**
 * What an error of this library is about: a failure of the contract, or
 * - `Unreachable`: no Temporal server answers, or it does not let us in
 * - `NotSetUp`: the server lacks something (namespace, search attributes), or the configuration is wrong or has no key
 *   for what is encrypted
 * - `NoAnswer`: the server is there but no worker answered within the time limit; what was asked may still happen
 * - `TimedOut`: a wait of the caller's took longer than he gave it
 * - `Cancelled`: the run was cancelled
 * - `RunKilled`: the run was ended from outside, its number may still be leased
 */
export type ErrorType =
  FailureType | 'Unreachable' | 'NotSetUp' | 'NoAnswer' | 'TimedOut' | 'Cancelled' | 'RunKilled';

/** The one error of this library. Its message is one line that can be shown to a person. */
export class LeaseholdError extends Error {
  override readonly name = 'LeaseholdError';

  constructor(
    /** Branch on this. */
    readonly type: ErrorType,
    message: string,
    private readonly facts: {
      field?: string;
      agreementUrl?: string;
      limit?: LimitReached;
      cause?: unknown;
    } = {},
  ) {
    super(message, 'cause' in facts ? { cause: facts.cause } : {});
  }

  /** Path of the request's field that is wrong: `messages[0].to`. */
  get field(): string | undefined {
    return this.facts.field;
  }

  /** Where the vendor wants an agreement accepted (with `AccountRestricted`). */
  get agreementUrl(): string | undefined {
    return this.facts.agreementUrl;
  }

  /** Which limit of the account or of a label is reached, with its figures (with `LimitExceeded`). */
  get limit(): LimitReached | undefined {
    return this.facts.limit;
  }
}

/** Whatever Temporal's client, or a check of ours, threw, in our words. The first match wins. */
export function toLeaseholdError(error: unknown): LeaseholdError {
  if (error instanceof LeaseholdError) return error;
  if (error instanceof InvalidRequestError) return fromFailure(error.failure, error);
  if (error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError)
    return fromRun(error);
  if (error instanceof NamespaceNotFoundError) {
    return new LeaseholdError('NotSetUp', `the Temporal server has no namespace "${error.namespace}"`, {
      cause: error,
    });
  }
  const closed = whyClosed(error);
  if (closed !== undefined) return new LeaseholdError('NotSetUp', closed, { cause: error });
  if (isLate(error)) return noAnswer(error);
  return fromServer(error);
}

export function fromFailure(failure: Failure, cause?: unknown): LeaseholdError {
  const { field, agreementUrl, limit } = failure;
  return new LeaseholdError(failure.type, failure.message, {
    ...(field !== undefined && { field }),
    ...(agreementUrl !== undefined && { agreementUrl }),
    ...(limit && { limit }),
    cause,
  });
}

/** The run or the update answered with a failure. Classes do not cross the wire: `type` tells them apart. */
function fromRun(error: WorkflowFailedError | WorkflowUpdateFailedError): LeaseholdError {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const type = FAILURES.find((known) => known === cause.type);
    if (type) return fromFailure({ ...failureDetails(cause), type, message: cause.message }, error);
  }
  if (cause instanceof CancelledFailure)
    return new LeaseholdError('Cancelled', 'the run was cancelled', { cause: error });
  if (cause instanceof TerminatedFailure || cause instanceof TimeoutFailure) {
    const text = 'the run was ended from outside: whatever it had leased may still be leased';
    return new LeaseholdError('RunKilled', text, { cause: error });
  }
  return new LeaseholdError('UnexpectedResponse', oneLine(cause?.message ?? error.message), { cause: error });
}

function failureDetails({ details }: ApplicationFailure): Partial<Failure> {
  const first: unknown = details?.[0];
  if (typeof first !== 'object' || first === null) return {};
  const { field, agreementUrl, limit }: { field?: unknown; agreementUrl?: unknown; limit?: unknown } = first;
  return {
    ...(typeof field === 'string' && { field }),
    ...(typeof agreementUrl === 'string' && { agreementUrl }),
    ...(typeof limit === 'object' && limit !== null && { limit: limit as LimitReached }),
  };
}

/** Why what came from Temporal cannot be read; undefined where that is not what is wrong. */
function whyClosed(error: unknown): string | undefined {
  if (error instanceof EncryptionError) return `${oneLine(error.message)} (${KEYS_VARIABLE})`;
  const isClosed = error instanceof ValueError && error.message.includes(ENCRYPTED);
  return isClosed ? `this is encrypted, and no key is set: ${KEYS_VARIABLE} holds them` : undefined;
}

function isLate(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    isGrpcDeadlineError(error) ||
    isGrpcCancelledError(error)
  );
}

function noAnswer(cause: unknown): LeaseholdError {
  return new LeaseholdError(
    'NoAnswer',
    'no worker answered in time: is one running on the task queue? The request may still take effect',
    { cause },
  );
}

/** Codes of gRPC that say more than "it did not work". */
export const UNAVAILABLE = 14;
export const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
/** Nobody polls the queue, or whoever does has not got to the run yet, or fails its tasks. */
const UNANSWERED = /no poller|workflow task/i;
const NO_ENTRY = new Set([7, 16]);
export const INVALID_ARGUMENT = 3;

function fromServer(error: unknown): LeaseholdError {
  const { code, text } = grpcFacts(error);
  if (code === UNAVAILABLE)
    return new LeaseholdError('Unreachable', `no Temporal server answers: ${text}`, { cause: error });
  if (code !== undefined && NO_ENTRY.has(code)) {
    return new LeaseholdError('Unreachable', `the Temporal server does not let us in: ${text}`, {
      cause: error,
    });
  }
  if (isUnanswered(error)) return noAnswer(error);
  if (code === RESOURCE_EXHAUSTED)
    return new LeaseholdError('Busy', `the Temporal server has too much to do: ${text}`, { cause: error });
  const attribute = /search attribute (\w+)/i.exec(text)?.[1];
  if (code === INVALID_ARGUMENT && attribute) {
    const hint = `the namespace lacks the search attribute ${attribute}: \`leasehold doctor --fix\` creates it, or says what is wrong with it`;
    return new LeaseholdError('NotSetUp', hint, { cause: error });
  }
  return new LeaseholdError('UnexpectedResponse', text, { cause: error });
}

/** What was asked was not done, as the run's tasks are not: the server says so at once. */
export function isUnanswered(error: unknown): boolean {
  const { code, text } = grpcFacts(error);
  return code === FAILED_PRECONDITION && UNANSWERED.test(text);
}

/** The code and the words of the error closest to the wire. */
export function grpcFacts(error: unknown): { code?: number; text: string } {
  if (isGrpcServiceError(error)) return { code: error.code, text: oneLine(error.details || error.message) };
  if (error instanceof Error && error.cause !== undefined) {
    const inner = grpcFacts(error.cause);
    if (inner.code !== undefined) return inner;
  }
  return { text: oneLine(error instanceof Error ? error.message : String(error)) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
