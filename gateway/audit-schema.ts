import { z } from 'zod';
import type { AuditRecord } from '../client/audit/record.js';
import { phoneNumber } from '../domain/request-parts.js';
import { count, instant, named, text } from './schemas.js';

const by = text.meta({ description: 'Identity of the Temporal client or worker.' });
const failure = z.object({ type: text, message: text });
const amount = z.number().nullable();

const candidate = z.object({
  number: phoneNumber,
  price: z.object({ currency: text, upfrontFee: z.number(), monthlyRate: z.number() }).exactOptional(),
  outcome: z.enum(['leased', 'refused', 'pending']),
  failure: failure.exactOptional(),
});

const change = z.object({
  at: instant,
  by,
  what: text,
  asked: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  failure: failure.exactOptional(),
});

const sent = z.object({
  id: text,
  by: by.nullable(),
  hash: text.nullable().meta({ description: 'SHA-256 over recipient, line feed, text.' }),
  calls: z.array(z.object({ at: instant, outcome: z.enum(['sent', 'refused', 'lost']) })),
  outcome: z.enum(['queued', 'sent', 'refused', 'unknown', 'doubt']),
  messageId: text.exactOptional(),
});

const costPart = z.object({ leaseId: text, what: z.enum(['upfront', 'month']), at: instant, amount });

/** What the history of one lease tells. */
export const auditRecord = named(
  'AuditRecord',
  z.object({
    version: z.literal(1),
    reference: text,
    number: phoneNumber.nullable(),
    leaseId: text.nullable(),
    labels: z.record(z.string(), z.string()).exactOptional(),
    state: z.enum(['open', 'released', 'not leased', 'killed', 'failed']),
    asOf: instant,
    leasedAt: instant.nullable(),
    request: z
      .object({
        by,
        at: instant,
        runId: text,
        candidates: z.array(candidate),
        failure: failure.exactOptional(),
      })
      .nullable(),
    changes: z.array(change),
    cost: z.object({ currency: text.nullable(), total: amount, parts: z.array(costPart) }),
    texts: z.array(sent),
    textsLeftOut: count,
    terminatedAt: instant.nullable(),
    reason: text.nullable(),
    release: z
      .object({ provenAt: instant, by: z.enum(['us', 'vendor', 'operator']), provenBy: by.nullable() })
      .nullable(),
    gaps: z.array(text),
  }) satisfies z.ZodType<AuditRecord>,
);
