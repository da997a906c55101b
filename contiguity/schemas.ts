/**
 * What the vendor sends, read leniently where it is known to drift (missing requirements, dates as numbers or texts,
 * new statuses and fields) and strictly where a misreading would mislead: ids, numbers, statuses, prices.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { OVER_STATUSES, type Billing, type NumberRecord, type Pricing } from '../domain/number-record.js';
import { isPhoneNumber } from '../domain/phone-number.js';
import { instant, isoInstant } from './instant.js';
import { MAX_REQUIREMENTS, MAX_WORD, usualRecord } from './usual-record.js';

const e164 = z.string().refine(isPhoneNumber, { error: 'is no E.164 phone number' });
const amount = z.number().nonnegative();
const word = z.string().min(1).max(MAX_WORD);

const price = z
  .object({
    currency: z
      .string()
      .regex(/^[a-z]{3}$/i)
      .toUpperCase(),
    monthly_rate: amount,
    upfront_fee: amount,
  })
  .transform(({ currency, monthly_rate, upfront_fee }): Pricing => ({
    currency,
    monthlyRate: monthly_rate,
    upfrontFee: upfront_fee,
  }));

/** A price that cannot be read is an unknown price, never a wrong one. */
const knownPrice = price.optional().catch(undefined);

const billing = z
  .object({
    method: word,
    price: knownPrice,
    period: z.object({ start: isoInstant, end: isoInstant.nullish() }),
  })
  .transform(({ method, price: known, period }): Billing => ({
    method,
    ...(known && { price: known }),
    period: { start: period.start, end: period.end ?? null },
  }));

/** Stands for requirements that cannot be read: nobody says that he meets it. */
const UNREADABLE = ['unreadable'];
const NOWHERE = { country: '', region: '', city: '' };

const rawNumber = z
  .object({
    id: e164,
    status: word,
    number: z.object({ e164 }).optional().catch(undefined),
    location: z
      .object({ country: z.string().catch(''), region: z.string().catch(''), city: z.string().catch('') })
      .catch(NOWHERE),
    carrier: z.string().catch(''),
    capabilities: z
      .object({ intl_sms: z.boolean().catch(false), channels: z.array(z.string()).catch([]) })
      .catch({ intl_sms: false, channels: [] }),
    health: z
      .object({ reputation: z.number().min(0).max(1).catch(0), previous_owners: z.number().catch(0) })
      .catch({ reputation: 0, previous_owners: 0 }),
    data: z
      .object({ requirements: z.array(word).max(MAX_REQUIREMENTS).nullish().catch(UNREADABLE) })
      .nullish()
      .catch({ requirements: UNREADABLE }),
    pricing: knownPrice,
    lease_id: word.nullish(),
    lease_status: word.nullish(),
    billing: billing.optional().catch(undefined),
  })
  .refine(({ id, number }) => number === undefined || number.e164 === id, {
    error: 'id and number.e164 differ',
  })
  .refine(({ lease_id, lease_status }) => lease_id || !lease_status || OVER_STATUSES.includes(lease_status), {
    error: 'lease_status without a lease_id',
  });
type RawNumber = z.infer<typeof rawNumber>;

export const numberRecord = rawNumber.transform(toRecord);

/** A number that the account leases. Without its lease, the record would say that it does not. */
export const leasedNumber = numberRecord.refine(({ lease }) => lease !== undefined, {
  error: 'is leased without a lease_id',
});

function toRecord(raw: RawNumber): NumberRecord {
  const lease = raw.lease_id && {
    leaseId: raw.lease_id,
    status: raw.lease_status ?? 'unknown',
    ...(raw.billing && { billing: raw.billing }),
  };
  return {
    number: raw.id,
    status: raw.status,
    location: raw.location,
    carrier: raw.carrier,
    intlSms: raw.capabilities.intl_sms,
    channels: raw.capabilities.channels,
    reputation: raw.health.reputation,
    previousOwners: raw.health.previous_owners,
    requirements: raw.data?.requirements ?? [],
    ...(raw.pricing && { pricing: raw.pricing }),
    ...(lease && { lease }),
  };
}

/** Each number once, and the numbers of which two rows say different things: nobody can tell which row holds. */
function mergeDoubles(rows: NumberRecord[]): { records: NumberRecord[]; contradicted: Set<string> } {
  const records = new Map<string, NumberRecord>();
  const contradicted = new Set<string>();
  for (const row of rows) {
    const first = records.get(row.number) ?? row;
    records.set(row.number, first);
    if (!isDeepStrictEqual(first, row)) contradicted.add(row.number);
  }
  return { records: [...records.values()].filter(({ number }) => !contradicted.has(number)), contradicted };
}

/**
 * The inventory: a record that cannot be read is left out and counted, because the others can be leased all the
 * same. Where none can be read, the list is not empty but unknown.
 */
export const availableList = z.object({ numbers: z.array(z.unknown()) }).transform(({ numbers }, context) => {
  const read = numbers.flatMap((raw) => usualRecord(raw) ?? numberRecord.safeParse(raw).data ?? []);
  const { records, contradicted } = mergeDoubles(read);
  const skipped = numbers.length - read.length + contradicted.size;
  if (records.length > 0 || skipped === 0) return { records, skipped };
  context.addIssue({ code: 'custom', message: `none of ${numbers.length} numbers can be read` });
  return z.NEVER;
});

/** What is leased, whole or not at all: "not on it" is believed, so nothing may be missing. */
export const leasedList = z
  .object({ leased: z.number().optional().catch(undefined), numbers: z.array(leasedNumber) })
  .refine(({ leased, numbers }) => leased === undefined || leased <= numbers.length, {
    error: 'fewer numbers than it counts as leased',
  })
  .transform(({ numbers }, context) => {
    const { records, contradicted } = mergeDoubles(numbers);
    if (contradicted.size === 0) return records;
    context.addIssue({ code: 'custom', message: `two rows of ${[...contradicted].join(', ')} differ` });
    return z.NEVER;
  });

export const leaseCreated = z
  .object({ lease_id: word, number: e164, status: word, billing })
  .transform(({ lease_id, number, status, billing: its }) => ({
    leaseId: lease_id,
    number,
    status,
    billing: its,
  }));

export const leaseTerminated = z
  .object({
    lease_id: word,
    number_id: e164,
    status: z.string(),
    terminated_at: isoInstant.nullish().catch(null),
  })
  .transform(({ lease_id, number_id, status, terminated_at }) => ({
    leaseId: lease_id,
    number: number_id,
    status,
    terminatedAt: terminated_at ?? null,
  }));

export const textSent = z
  .object({ message_id: word })
  .transform(({ message_id }) => ({ messageId: message_id }));

export const textMessage = z
  .object({
    id: z.string(),
    message: z.string().catch(''),
    status: z.string(),
    tracking: z
      .array(z.object({ event: z.string() }))
      .optional()
      .catch(undefined),
  })
  .transform(({ tracking, ...text }) => ({
    ...text,
    ...(tracking && { events: tracking.map(({ event }) => event) }),
  }));

const phone = z.union([z.string(), z.number().transform(String)]);
/** A row that cannot be read stays one: it may be any text. */
const historyRow = z
  .object({
    to: phone.optional().catch(undefined),
    from: phone.optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    timestamp: instant.optional().catch(undefined),
    delivery: z.object({ status: z.string() }).optional().catch(undefined),
  })
  .catch({})
  .transform(({ to, from, message, timestamp, delivery }) => ({
    ...(to !== undefined && { to }),
    ...(from !== undefined && { from }),
    ...(message !== undefined && { message }),
    ...(timestamp !== undefined && { timestamp }),
    ...(delivery && { delivery: delivery.status }),
  }));

export const textHistory = z
  .object({ conversation: z.array(historyRow) })
  .transform(({ conversation }) => conversation);

const entitlementFields = z
  .object({ name: z.string(), description: z.string().optional(), status: z.string() })
  .transform(({ name, description, status }) => ({
    name,
    status,
    ...(description !== undefined && { description }),
  }));
export const entitlement = entitlementFields;
export const entitlementList = z
  .object({ entitlements: z.array(entitlementFields) })
  .transform(({ entitlements }) => entitlements);
export const entitlementGranted = z.object({ granted: z.boolean() });
export const entitlementRevoked = z.object({ revoked: z.boolean() });
