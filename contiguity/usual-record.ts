import type { NumberRecord } from '../domain/number-record.js';
import { isPhoneNumber } from '../domain/phone-number.js';

/** Ids and statuses go into histories: one that is longer than any was ever is no answer of the vendor's. */
export const MAX_WORD = 200;
export const MAX_REQUIREMENTS = 50;

type Raw = Record<string, unknown>;

/**
 * Reads a number that is leased by nobody and has nothing unusual in it, as nearly all of an inventory are; undefined: the
 * schema decides. Whatever is read here, the schema reads alike (test/unit/usual-record.test.ts).
 */
export function usualRecord(raw: unknown): NumberRecord | undefined {
  if (!isRaw(raw) || HELD.some((field) => raw[field] !== undefined)) return undefined;
  const { id, status, number, carrier } = raw;
  if (!isPhoneNumber(id) || !isRaw(number) || number['e164'] !== id) return undefined;
  if (!isWord(status) || !isText(carrier)) return undefined;
  const location = locationOf(raw['location']);
  const capabilities = capabilitiesOf(raw['capabilities']);
  const health = healthOf(raw['health']);
  const requirements = requirementsOf(raw['data']);
  const pricing = pricingOf(raw['pricing']);
  if (!location || !capabilities || !health || !requirements || !pricing) return undefined;
  return { number: id, status, location, carrier, ...capabilities, ...health, requirements, pricing };
}

/** Of a number that the account leases. */
const HELD = ['lease_id', 'lease_status', 'billing'];

function locationOf(raw: unknown): NumberRecord['location'] | undefined {
  if (!isRaw(raw)) return undefined;
  const { country, region, city } = raw;
  return isText(country) && isText(region) && isText(city) ? { country, region, city } : undefined;
}

function capabilitiesOf(raw: unknown): Pick<NumberRecord, 'intlSms' | 'channels'> | undefined {
  if (!isRaw(raw)) return undefined;
  const { intl_sms: intlSms, channels } = raw;
  return typeof intlSms === 'boolean' && isListOf(isText, channels) ? { intlSms, channels } : undefined;
}

function healthOf(raw: unknown): Pick<NumberRecord, 'reputation' | 'previousOwners'> | undefined {
  if (!isRaw(raw)) return undefined;
  const { reputation, previous_owners: previousOwners } = raw;
  const isUsual = isAmount(reputation) && reputation <= 1 && isAmount(previousOwners);
  return isUsual ? { reputation, previousOwners } : undefined;
}

function requirementsOf(raw: unknown): string[] | undefined {
  if (!isRaw(raw)) return undefined;
  const { requirements = [] } = raw;
  return isListOf(isWord, requirements) && requirements.length <= MAX_REQUIREMENTS ? requirements : undefined;
}

function pricingOf(raw: unknown): NumberRecord['pricing'] {
  if (!isRaw(raw)) return undefined;
  const { currency, upfront_fee: upfrontFee, monthly_rate: monthlyRate } = raw;
  if (!isText(currency) || !/^[A-Z]{3}$/.test(currency)) return undefined;
  return isAmount(upfrontFee) && isAmount(monthlyRate) ? { currency, monthlyRate, upfrontFee } : undefined;
}

const isRaw = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string';

const isWord = (value: unknown): value is string =>
  isText(value) && value.length > 0 && value.length <= MAX_WORD;

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isListOf = <T>(is: (one: unknown) => one is T, value: unknown): value is T[] =>
  Array.isArray(value) && value.every(is);
