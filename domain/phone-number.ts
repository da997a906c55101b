/** A phone number in E.164: a plus sign, then 7 to 15 digits of which the first is not 0. No numbering-plan check. */
export type PhoneNumber = string;

export const E164 = /^\+[1-9]\d{6,14}$/;

/** What a bad number is told, the same everywhere. */
export const E164_HINT = 'an E.164 phone number such as "+14155550123"';

export function isPhoneNumber(value: unknown): value is PhoneNumber {
  return typeof value === 'string' && E164.test(value);
}

/** So many last digits are the subscriber's own: numbers that share them may be one number written in two ways. */
const SUBSCRIBER_DIGITS = 7;

/**
 * Whether a number, as the vendor wrote it, is this one: with or without plus, with `00` or `011` in front, with brackets
 * and spaces. Undefined: it cannot be told, as in `(202) 555-0123`, which names no country, or `+1202***0123`.
 */
export function isSameNumber(written: unknown, number: PhoneNumber): boolean | undefined {
  const parts = readWritten(written);
  if (!parts) return undefined;
  const { prefix, digits } = parts;
  if (prefix + digits === number || (prefix !== '+' && `+${digits}` === number)) return true;
  return number.endsWith(digits.replace(/^0+/, '').slice(-SUBSCRIBER_DIGITS)) ? undefined : false;
}

/** The numbers that one as the vendor wrote it may mean, the likeliest first; none where it cannot be read. */
export function phoneNumbersOf(written: unknown): PhoneNumber[] {
  const { prefix, digits } = readWritten(written) ?? {};
  if (digits === undefined) return [];
  const isNorthAmerican = prefix === '' && /^[2-9]\d{9}$/.test(digits);
  return [...(isNorthAmerican ? [`+1${digits}`] : []), `+${digits}`].filter(isPhoneNumber);
}

function readWritten(written: unknown): { prefix: string; digits: string } | undefined {
  if (typeof written !== 'string' && typeof written !== 'number') return undefined;
  const plain = String(written)
    .normalize('NFKC')
    .replace(/^\s*(tel|sms|whatsapp):/i, '')
    .replace(/\(0\)|[\s().\-/\p{Pd}\p{Cf}]/gu, '');
  const [, prefix = '', digits = ''] = /^(\+|00|011)?(\d{1,20})$/.exec(plain) ?? [];
  return digits === '' ? undefined : { prefix, digits };
}
