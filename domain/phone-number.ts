/** A phone number in E.164: a plus sign, then 7 to 15 digits of which the first is not 0. No numbering-plan check. */
export type PhoneNumber = string;

export const E164 = /^\+[1-9]\d{6,14}$/;

/** What a bad number is told, the same everywhere. */
export const E164_HINT = 'an E.164 phone number such as "+14155550123"';

export function isPhoneNumber(value: unknown): value is PhoneNumber {
  return typeof value === 'string' && E164.test(value);
}
