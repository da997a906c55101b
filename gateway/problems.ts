import { STATUS_CODES } from 'node:http';
import type { FastifyError } from 'fastify';
import { toLeaseholdError, LeaseholdError, type ErrorType } from '../client/errors.js';
import type { LimitReached } from '../domain/failures.js';
import { InvalidRequestError } from '../domain/invalid-request.js';

/** What went wrong, as RFC 9457 words it. */
export interface Problem {
  /** `urn:leasehold:problem:<type>`, to branch on; `about:blank` where the status says it all. */
  type: string;
  title: string;
  status: number;
  /** One line for a person. */
  detail?: string;
  /** Which field, parameter or header is wrong: `messages[0].to`. */
  field?: string;
  agreementUrl?: string;
  limit?: LimitReached;
}

/** A problem that is thrown on the way. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    readonly headers: Record<string, string> = {},
  ) {
    super(problem.title);
  }
}

/** Types of problems beside those of the library. */
export type OwnType = 'NotFound' | 'RateLimited' | 'Overloaded' | 'NotReady';
export type ProblemType = ErrorType | OwnType;

interface Kind {
  status: number;
  title: string;
  /** Said instead of the error's own words, which are for whoever runs the gateway. */
  detail?: string;
  /** Seconds after which it is worth another try. */
  retryAfter?: number;
}

const SEE_LOG = 'whoever runs the gateway finds the reason in its log, under the request id of this answer';

export const PROBLEMS: Record<ProblemType, Kind> = {
  InvalidRequest: { status: 400, title: 'The request is not right' },
  NotFound: { status: 404, title: 'There is nothing here' },
  ReferenceMismatch: { status: 409, title: 'The reference was used for another request' },
  NoNumberAvailable: { status: 409, title: 'No number fits' },
  NumberUnavailable: { status: 409, title: 'The number cannot be leased' },
  LimitExceeded: { status: 409, title: 'A limit is reached' },
  AccountRestricted: { status: 409, title: 'The vendor does not let the account do this' },
  LeaseNotActive: { status: 409, title: 'The lease is not active' },
  LeaseProtected: { status: 409, title: 'The lease is protected' },
  Cancelled: { status: 409, title: 'The request was cancelled' },
  MessageRefused: { status: 422, title: 'The vendor refused the text' },
  OptedOut: { status: 422, title: 'The recipient wants no texts' },
  Busy: { status: 429, title: 'Too much at once', retryAfter: 1 },
  RateLimited: { status: 429, title: 'Too many requests', retryAfter: 1 },
  RunKilled: { status: 500, title: 'The run was ended from outside' },
  Unauthorized: {
    status: 502,
    title: 'The vendor does not accept the key of the workers',
    detail: 'whoever runs the workers has to put CONTIGUITY_API_KEY right',
  },
  UnexpectedResponse: { status: 502, title: 'An answer made no sense', detail: SEE_LOG },
  Unreachable: { status: 503, title: 'Temporal cannot be reached', detail: SEE_LOG, retryAfter: 5 },
  NotSetUp: { status: 503, title: 'Temporal is not set up', detail: SEE_LOG },
  NoAnswer: { status: 503, title: 'No worker answered in time', retryAfter: 5 },
  NotReady: { status: 503, title: 'Not ready', retryAfter: 5 },
  Overloaded: { status: 503, title: 'Too many requests under way', retryAfter: 1 },
  TimedOut: { status: 504, title: 'The wait was too short' },
};

export function refused(type: ProblemType, facts: Pick<Problem, 'detail' | 'field'> = {}): Refused {
  return ofKind(type, facts);
}

function ofKind(type: ProblemType, facts: Omit<Problem, 'type' | 'title' | 'status'>): Refused {
  const { status, title, detail, retryAfter } = PROBLEMS[type];
  return new Refused(
    {
      type: `urn:leasehold:problem:${type}`,
      title,
      status,
      ...facts,
      ...(detail !== undefined && { detail }),
    },
    retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` },
  );
}

/** Only the status: whoever has no right to ask is told nothing else. */
export function bare(status: number, headers: Record<string, string> = {}): Refused {
  return new Refused({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status }, headers);
}

/** Whatever a handler, the library or fastify threw, as an answer. The first match wins. */
export function toRefused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof InvalidRequestError || error instanceof LeaseholdError)
    return fromLibrary(toLeaseholdError(error));
  const { statusCode = 500, message, code } = error as Partial<FastifyError>;
  if (statusCode < 400 || statusCode >= 500) return bare(500);
  if (statusCode === 400) return refused('InvalidRequest', { detail: ofFastify(code, message) });
  return bare(statusCode);
}

function fromLibrary({ type, message, field, agreementUrl, limit }: LeaseholdError): Refused {
  return ofKind(type, {
    detail: message,
    ...(field !== undefined && { field }),
    ...(agreementUrl !== undefined && { agreementUrl }),
    ...(limit && { limit }),
  });
}

function ofFastify(code: string | undefined, message = ''): string {
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === undefined) return 'the body is not JSON';
  return message.split('\n')[0] ?? message;
}
