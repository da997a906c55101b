import { z } from 'zod';
import { instant } from './instant.js';

const text = z.string().optional().catch(undefined);

/** The envelope around every success. */
export const success = z.object({ object: z.literal('response').optional(), data: z.unknown() });

/** The vendor's clock and the answer's id are welcome in every envelope, but an answer without them still counts. */
export const envelopeFacts = z.object({
  id: text,
  timestamp: instant.optional().catch(undefined),
});

export interface VendorError {
  message: string;
  /** In the envelope that the vendor documents. */
  inEnvelope: boolean;
  status?: number | undefined;
  requestId?: string | undefined;
  agreementUrl?: string | undefined;
}

const agreement = z
  .url({ protocol: /^https?$/ })
  .optional()
  .catch(undefined);

const longForm = z
  .object({
    object: z.literal('error'),
    id: text,
    data: z.object({
      error: z.string(),
      status: z.number().optional().catch(undefined),
      agreement_url: agreement,
    }),
  })
  .transform(({ id, data }): VendorError => ({
    message: data.error,
    inEnvelope: true,
    status: data.status,
    requestId: id,
    agreementUrl: data.agreement_url,
  }));

const shortForm = z
  .object({ message: z.string(), status: z.number(), agreement_url: agreement })
  .transform(({ message, status, agreement_url }): VendorError => ({
    message,
    inEnvelope: false,
    status,
    agreementUrl: agreement_url,
  }));

/**
 * The vendor's error envelope, `{object: "error", data: {error, status}}`, or its short form `{message, status}`.
 * The short form is so common that it counts only where it names the answer's own status, and even then it may be
 * some box in between that speaks: it is a no, but no proof of what is there and what is not.
 */
export function vendorError(status: number, body: unknown): VendorError | undefined {
  const long = longForm.safeParse(body).data;
  if (long) return long;
  const short = shortForm.safeParse(body).data;
  return short?.status === status ? short : undefined;
}
