/**
 * What the vendor posts, read as leniently as its API: numbers and times in any of its ways, optional fields missing or
 * null. Sources: the vendor's pages "Example Webhook Data" v2 and v1.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { instant } from '../../contiguity/instant.js';
import type { Attachment } from '../../domain/events.js';
import { phoneNumbersOf, type PhoneNumber } from '../../domain/phone-number.js';

/** One of our numbers, as all that it may mean. */
const ownNumbers = z
  .unknown()
  .transform(phoneNumbersOf)
  .refine((numbers) => numbers.length > 0, 'must be a phone number');
const word = z.union([z.string(), z.number().transform(String)]).pipe(z.string().min(1).max(200));
const optionalWord = word.optional().catch(undefined);
const optionalInstant = instant.optional().catch(undefined);

const envelope = z.object({
  id: optionalWord,
  type: word,
  timestamp: optionalInstant,
  data: z.looseObject({}).catch({}),
});
/** The format of accounts from before November 2024: texts alone, without an id. */
const oldEnvelope = z
  .object({ crumbs: z.looseObject({ type: word, timestamp: optionalInstant }) })
  .transform(({ crumbs: { type, timestamp, ...data } }) => ({
    id: undefined,
    type: `${type}.incoming`,
    timestamp,
    data,
  }));

const delivery = z.object({ from: ownNumbers, message_id: word, error: optionalWord });
const substitution = z.object({
  original_number: ownNumbers,
  used_number: ownNumbers,
  reason: optionalWord,
  message_id: optionalWord,
});
const attachment = z.union([
  z.url().transform((url): Attachment => ({ url })),
  z
    .object({ url: z.url(), mime: optionalWord, filename: optionalWord })
    .transform(({ url, mime, filename }): Attachment => ({
      url,
      ...(mime !== undefined && { mime }),
      ...(filename !== undefined && { filename }),
    })),
]);
/** More than any text has. */
const MAX_ATTACHMENTS = 20;
const text = z.object({
  from: word.catch(''),
  to: ownNumbers,
  body: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  timestamp: optionalInstant,
  attachments: z
    .array(z.unknown())
    .catch([])
    .transform((given) =>
      given.flatMap((one) => attachment.safeParse(one).data ?? []).slice(0, MAX_ATTACHMENTS),
    ),
});

/** An event of the vendor's, as far as this product has a use for it. `numbers`: ours, as all that it may mean. */
export type VendorEvent = {
  id: string;
  /** The vendor's clock, epoch milliseconds. */
  at: number;
} & (
  | {
      kind: 'delivery';
      numbers: PhoneNumber[];
      messageId: string;
      delivered: boolean;
      error?: string | undefined;
    }
  | {
      kind: 'substitution';
      numbers: PhoneNumber[];
      usedNumber: PhoneNumber;
      messageId?: string | undefined;
      reason?: string | undefined;
    }
  | {
      kind: 'text';
      numbers: PhoneNumber[];
      from: string;
      body: string;
      attachments: Attachment[];
      /** The vendor names the time of the text: without it, `at` is only an upper bound. */
      isTimed: boolean;
    }
  | { kind: 'other'; type: string }
);
type Problem = { problem: string; field: string };

/**
 * Reads a webhook's body; a problem names the field. A kind that is not known is none: the vendor adds some.
 * @param signedAt when the vendor signed it, epoch milliseconds: the time of an event that names none
 */
export function readEvent(body: Buffer, signedAt = Date.now()): VendorEvent | Problem {
  const json = parseJson(body);
  const given = z.safeParse(oldEnvelope.or(envelope), json);
  if (!given.success) return problemOf(envelope.safeParse(json).error ?? given.error);
  const { id = hashOf(body), type, timestamp, data } = given.data;
  const at = timestamp ?? signedAt;
  const read = <T>(schema: z.ZodType<T>, event: (data: T) => VendorEvent) => {
    const parsed = z.safeParse(schema, data);
    return parsed.success ? event(parsed.data) : problemOf(parsed.error, 'data');
  };
  const delivered = /\.delivery\.(confirmed|failed)$/.exec(type)?.[1];
  if (delivered !== undefined) {
    return read(delivery, ({ from: numbers, message_id: messageId, error }) => {
      return { kind: 'delivery', id, at, numbers, messageId, delivered: delivered === 'confirmed', error };
    });
  }
  if (type === 'numbers.substitution') {
    return read(
      substitution,
      ({ original_number: numbers, used_number: used, reason, message_id: messageId }) => {
        return { kind: 'substitution', id, at, numbers, usedNumber: used[0] ?? '', reason, messageId };
      },
    );
  }
  if (isText(type)) {
    return read(
      text,
      ({ from, to: numbers, body: said, message, timestamp: saidAt = timestamp, attachments }) => {
        const isTimed = saidAt !== undefined;
        const words = said ?? message ?? '';
        return { kind: 'text', id, at: saidAt ?? at, numbers, from, body: words, attachments, isTimed };
      },
    );
  }
  if (given.data.id === undefined) return { problem: 'id: is missing', field: 'id' };
  return { kind: 'other', id, at, type };
}

/** Of any channel that is answered by a number, such as `text.incoming.sms`, `imessage.incoming`, `whatsapp.incoming`. */
function isText(type: string): boolean {
  return /(^|\.)incoming(\.|$)/.test(type) && !type.startsWith('email.');
}

/** Stands for an id that is missing: the same body is the same event. */
function hashOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function problemOf({ issues }: z.core.$ZodError, within?: string): Problem {
  const [issue] = issues;
  const path = [...(within === undefined ? [] : [within]), ...(issue?.path ?? [])].map(String);
  const field = path.join('.') || 'body';
  return { problem: `${field}: ${issue?.message ?? 'is not right'}`, field };
}
