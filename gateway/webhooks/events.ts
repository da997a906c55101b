import { z } from 'zod';
import { isPhoneNumber } from '../../domain/phone-number.js';

const phoneNumber = z.string().refine(isPhoneNumber, 'must be a number in E.164');
const word = z.string().min(1).max(200);
/** The vendor gives seconds in some places and milliseconds in others; as milliseconds. */
const instant = z
  .number()
  .positive()
  .transform((given) => (given < 1e11 ? given * 1_000 : given));

const envelope = z.object({ id: word, type: word, timestamp: instant, data: z.looseObject({}) });

const delivery = z.object({
  from: phoneNumber,
  to: z.string(),
  message_id: word,
  error: z.string().optional(),
});
const incoming = z.object({
  from: z.string(),
  to: phoneNumber,
  body: z.string(),
  timestamp: instant.optional(),
});
const substitution = z.object({
  original_number: phoneNumber,
  used_number: phoneNumber,
  reason: z.string().optional(),
  message_id: word.optional(),
});

/** What the vendor told, as far as this product has a use for it. */
export type VendorEvent = { id: string; at: number } & (
  | { kind: 'delivery'; number: string; messageId: string; delivered: boolean; error?: string | undefined }
  | {
      kind: 'substitution';
      number: string;
      usedNumber: string;
      messageId?: string | undefined;
      reason?: string | undefined;
    }
  | { kind: 'text'; number: string; from: string; body: string }
  | { kind: 'other'; type: string }
);

/** Reads a webhook's body; a problem names the field. A kind that is not known is none: the vendor adds some. */
export function readEvent(body: Buffer): VendorEvent | { problem: string; field: string } {
  const given = z.safeParse(envelope, parseJson(body));
  if (!given.success) return problemOf(given.error);
  const { id, type, timestamp: at, data } = given.data;
  const read = <T>(schema: z.ZodType<T>, event: (data: T) => VendorEvent) => {
    const parsed = z.safeParse(schema, data);
    return parsed.success ? event(parsed.data) : problemOf(parsed.error, 'data');
  };
  if (type === 'text.delivery.confirmed' || type === 'text.delivery.failed') {
    const delivered = type === 'text.delivery.confirmed';
    return read(delivery, ({ from, message_id: messageId, error }) => {
      return { kind: 'delivery', id, at, number: from, messageId, delivered, error };
    });
  }
  if (type === 'numbers.substitution') {
    return read(
      substitution,
      ({ original_number: number, used_number: usedNumber, reason, message_id: messageId }) => {
        return { kind: 'substitution', id, at, number, usedNumber, reason, messageId };
      },
    );
  }
  if (type === 'text.incoming.sms' || type === 'text.incoming.mms') {
    return read(incoming, ({ from, to, body: said, timestamp = at }) => {
      return { kind: 'text', id, at: timestamp, number: to, from, body: said };
    });
  }
  return { kind: 'other', id, at, type };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function problemOf({ issues }: z.core.$ZodError, within?: string): { problem: string; field: string } {
  const [issue] = issues;
  const path = [...(within === undefined ? [] : [within]), ...(issue?.path ?? [])].map(String);
  const field = path.join('.') || 'body';
  return { problem: `${field}: ${issue?.message ?? 'is not right'}`, field };
}
