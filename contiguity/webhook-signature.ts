import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signature that is older, or further ahead, than this is a replay or a clock that is wrong. */
export const TOLERANCE_MS = 5 * 60_000;

/**
 * Whether the vendor signed this: `Contiguity-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256 of `t`, a dot and
 * the body as it came. Several secrets are valid while one takes another's place, and several `v1` may be given.
 */
export function isSigned(header: string | undefined, body: Buffer, secrets: string[], now: number): boolean {
  return signedAt(header, body, secrets, now) !== undefined;
}

/** When the vendor signed this, on its clock, epoch milliseconds; undefined where it did not, or where that is stale. */
export function signedAt(
  header: string | undefined,
  body: Buffer,
  secrets: string[],
  now: number,
): number | undefined {
  const signed = read(header);
  if (!signed || Math.abs(now - signed.at * 1_000) > TOLERANCE_MS) return undefined;
  const expected = secrets.map((secret) => sign(secret, signed.at, body));
  // every pair is compared, so that the time says nothing of which one was right
  const matches = signed.signatures.flatMap((given) => expected.map((one) => areEqual(given, one)));
  return matches.includes(true) ? signed.at * 1_000 : undefined;
}

export function sign(secret: string, unixSeconds: number, body: Buffer | string): Buffer {
  return createHmac('sha256', secret).update(`${unixSeconds}.`).update(body).digest();
}

function areEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function read(header = ''): { at: number; signatures: Buffer[] } | undefined {
  const parts = header.split(',').map((part) => part.trim());
  const at = parts.find((part) => /^t=\d{1,12}$/.test(part));
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).slice(0, 4);
  if (at === undefined || signatures.length === 0) return undefined;
  return { at: Number(at.slice(2)), signatures: signatures.map((part) => Buffer.from(part.slice(3), 'hex')) };
}
