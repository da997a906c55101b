/**
 * What the gateway answers with, for the OpenAPI document. Each is held against the type of the contract or of the
 * library that it describes; answers may grow, so a reader must let unknown fields be.
 */
import { z } from 'zod';
import type { AdoptReport } from '../domain/adoption.js';
import type {
  Candidate,
  ExtendAnswer,
  Leased,
  LeaseStatus,
  MessageRecord,
  ProtectAnswer,
  RenewAnswer,
  RestoreAnswer,
  SendAnswer,
  TerminateAnswer,
} from '../domain/contract.js';
import { FAILURES, type Failure, type LimitReached } from '../domain/failures.js';
import type { Billing, Pricing } from '../domain/number-record.js';
import { phoneNumber } from '../domain/request-parts.js';
import type { ScopeFigures, SpendingFigures } from '../domain/spending.js';
import { LEASE_STATES } from '../client/lease-state.js';
import type { LeaseSummary } from '../client/list.js';
import type { Problem } from './problems.js';

/** Named parts of the document. */
export const components = new Map<z.ZodType, string>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  components.set(schema, id);
  return schema;
}

export const instant = z.string().meta({ format: 'date-time' });
export const text = z.string();
export const count = z.int().min(0);
const labels = z.record(z.string(), z.string());
const state = z.enum(LEASE_STATES);

const limitReached = named(
  'LimitReached',
  z.object({
    scope: text.meta({ description: '`account`, or a label: `tenant=acme`.' }),
    kind: z.enum(['leases', 'monthly', 'upfront']),
    used: z.number(),
    asked: z.number(),
    most: z.number(),
    currency: text.exactOptional(),
  }) satisfies z.ZodType<LimitReached>,
);

export const problem = named(
  'Problem',
  z.object({
    type: text.meta({ description: 'Branch on this.', examples: ['urn:leasehold:problem:InvalidRequest'] }),
    title: text,
    status: z.int(),
    detail: text.exactOptional(),
    field: text
      .meta({ description: 'Which field, parameter or header is wrong.', examples: ['messages[0].to'] })
      .exactOptional(),
    agreementUrl: text
      .meta({ description: 'Where the vendor wants an agreement accepted.', format: 'uri' })
      .exactOptional(),
    limit: limitReached.exactOptional(),
  }) satisfies z.ZodType<Problem>,
);

const failure = named(
  'Failure',
  z.object({
    type: z.enum(FAILURES),
    message: text,
    field: text.exactOptional(),
    agreementUrl: text.exactOptional(),
    limit: limitReached.exactOptional(),
  }) satisfies z.ZodType<Failure>,
);

/** A request's end without a number: what the library tells beside the contract's failures. */
const requestFailure = named(
  'RequestFailure',
  z.object({
    type: text.meta({ description: `One of ${FAILURES.join(', ')}, Cancelled, RunKilled; more may come.` }),
    message: text,
    field: text.exactOptional(),
    agreementUrl: text.exactOptional(),
    limit: limitReached.exactOptional(),
  }),
);

const price = z.object({
  currency: text,
  upfrontFee: z.number(),
  monthlyRate: z.number(),
}) satisfies z.ZodType<Pricing>;

const billing = named(
  'Billing',
  z.object({
    method: text,
    price: price.exactOptional(),
    period: z.object({ start: instant, end: instant.nullable() }),
  }) satisfies z.ZodType<Billing>,
);

export const leased = named(
  'Leased',
  z.object({
    reference: text,
    number: phoneNumber,
    leaseId: text,
    status: z.literal('active'),
    billing,
    leasedAt: instant,
  }) satisfies z.ZodType<Leased>,
);

const candidate = z.object({
  number: phoneNumber,
  outcome: z.enum(['waiting', 'trying', 'leased', 'refused']),
  failure: failure.exactOptional(),
}) satisfies z.ZodType<Candidate>;

export const provision = named(
  'Provision',
  z.object({
    reference: text,
    state: z.enum(['finding', 'leasing', 'leased', 'failed']),
    number: phoneNumber.exactOptional(),
    candidates: z
      .array(candidate)
      .meta({ description: 'While it is under way: the numbers that it looked at.' })
      .exactOptional(),
    lease: leased.meta({ description: 'With the state `leased`.' }).exactOptional(),
    failure: requestFailure.meta({ description: 'With the state `failed`.' }).exactOptional(),
  }),
);

export const messageRecord = named(
  'Message',
  z.object({
    id: text,
    to: phoneNumber,
    outcome: z.enum(['queued', 'sent', 'unknown', 'refused']),
    messageId: text.exactOptional(),
    failure: failure.exactOptional(),
    delivery: z.enum(['confirmed', 'failed', 'unknown']).exactOptional(),
  }) satisfies z.ZodType<MessageRecord>,
);

export const sendAnswer = named(
  'SendAnswer',
  z.object({
    id: text,
    outcome: z.enum(['sent', 'unknown']),
    messageId: text.exactOptional(),
  }) satisfies z.ZodType<SendAnswer>,
);

export const leaseStatus = named(
  'Lease',
  z.object({
    state,
    attention: z
      .object({
        kind: z.enum(['disputed', 'pending', 'api', 'release', 'deadline']),
        message: text,
        nextStep: text,
      })
      .exactOptional(),
    number: phoneNumber,
    leaseId: text.nullable(),
    reference: text,
    labels: labels.exactOptional(),
    billing: billing.nullable(),
    leasedAt: instant.nullable(),
    expiresAt: instant.exactOptional(),
    releasesAt: instant.exactOptional(),
    protected: z.boolean().exactOptional(),
    autoRenew: z.boolean().exactOptional(),
    health: z
      .object({
        problems: z.array(z.enum(['reputation', 'paused', 'substituted'])),
        checkedAt: instant.exactOptional(),
        reputation: z.number().exactOptional(),
      })
      .exactOptional(),
    nextWake: z.object({ at: instant, why: text }).exactOptional(),
    messages: z.array(messageRecord).meta({ description: 'The last 100.' }),
    counts: z.object({ queued: count, sent: count, unknown: count, refused: count }),
    polls: count,
    log: z.array(z.object({ at: instant, text })).meta({ description: 'The last 100.' }),
  }) satisfies z.ZodType<LeaseStatus>,
);

export const leaseSummary = named(
  'LeaseSummary',
  z.object({
    number: phoneNumber,
    reference: text,
    labels: labels.exactOptional(),
    state: text,
    expiresAt: instant.exactOptional(),
    health: text.exactOptional(),
    stalled: text.exactOptional(),
    unreadable: text.exactOptional(),
    monthlyRate: z.number().exactOptional(),
    startedAt: instant,
    closedAt: instant.exactOptional(),
    runId: text,
    url: text.exactOptional(),
  }) satisfies z.ZodType<LeaseSummary>,
);

export const extendAnswer = z.object({ expiresAt: instant }) satisfies z.ZodType<ExtendAnswer>;
export const terminateAnswer = z.object({
  state,
  releasesAt: instant.exactOptional(),
}) satisfies z.ZodType<TerminateAnswer>;
export const protectAnswer = z.object({ protected: z.boolean() }) satisfies z.ZodType<ProtectAnswer>;
export const restoreAnswer = z.object({
  state,
  expiresAt: instant.exactOptional(),
}) satisfies z.ZodType<RestoreAnswer>;
export const renewAnswer = z.object({
  auto: z.boolean(),
  expiresAt: instant.exactOptional(),
}) satisfies z.ZodType<RenewAnswer>;

const adoptOutcome = z.enum(['adopted', 'adopting', 'adoptable', 'refused']);

export const adoptReport = named(
  'AdoptReport',
  z.object({
    counts: z.object({ adopted: count, adopting: count, adoptable: count, refused: count }),
    numbers: z.array(
      z.object({
        number: phoneNumber,
        outcome: adoptOutcome,
        reference: text,
        leaseId: text.exactOptional(),
        failure: failure.exactOptional(),
      }),
    ),
    owned: count.exactOptional(),
  }) satisfies z.ZodType<AdoptReport>,
);

const scopeFigures = z.object({
  scope: text,
  leases: count,
  maxLeases: count.exactOptional(),
  monthly: z.record(z.string(), z.number()),
  maxMonthly: z.number().exactOptional(),
  upfront: z.number().exactOptional(),
  maxUpfront: z.object({ amount: z.number(), per: text }).exactOptional(),
  currency: text.exactOptional(),
  unpriced: count,
}) satisfies z.ZodType<ScopeFigures>;

export const figures = named(
  'Limits',
  z.object({ scopes: z.array(scopeFigures) }) satisfies z.ZodType<SpendingFigures>,
);

/** What was asked for and is not done yet. */
export const accepted = named(
  'Accepted',
  z.object({ reference: text.exactOptional(), id: text.exactOptional(), outcome: text.exactOptional() }),
);
