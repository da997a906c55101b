import { formatted } from './dialect.js';
import { draw, pick } from './draw.js';

/** A number as the simulator keeps it, in the vendor's words. */
export interface SimulatedNumber {
  id: string;
  status: string;
  number: { e164: string; formatted: string };
  location: { country: string; region: string; city: string };
  carrier: string;
  capabilities: { intl_sms: boolean; channels: string[] };
  health: { reputation: number; previous_owners: number };
  data: { requirements?: string[]; e911_capable?: boolean };
  created_at: number | string;
  pricing: { currency: string; upfront_fee: number; monthly_rate: number };
}

interface Place {
  country: string;
  region: string;
  city: string;
  /** Calling code and area code, then how many digits follow. */
  prefix: string;
  digits: number;
  currency: string;
}

const place = (
  country: string,
  region: string,
  city: string,
  prefix: string,
  digits: number,
  currency: string,
): Place => ({
  country,
  region,
  city,
  prefix,
  digits,
  currency,
});

const US: [Place, ...Place[]] = [
  place('US', 'CA', 'San Francisco', '1415', 7, 'USD'),
  place('US', 'CA', 'Los Angeles', '1213', 7, 'USD'),
  place('US', 'NY', 'New York', '1212', 7, 'USD'),
  place('US', 'FL', 'Miami', '1305', 7, 'USD'),
  place('US', 'TX', 'Austin', '1512', 7, 'USD'),
  place('US', 'WA', 'Seattle', '1206', 7, 'USD'),
  place('US', 'IL', 'Chicago', '1312', 7, 'USD'),
  place('US', 'MA', 'Boston', '1617', 7, 'USD'),
  place('US', 'CO', 'Denver', '1303', 7, 'USD'),
];
const ELSEWHERE: [Place, ...Place[]] = [
  place('CA', 'ON', 'Toronto', '1416', 7, 'CAD'),
  place('CA', 'BC', 'Vancouver', '1604', 7, 'CAD'),
  place('GB', 'ENG', 'London', '4420', 8, 'GBP'),
  place('GB', 'SCT', 'Edinburgh', '44131', 7, 'GBP'),
  place('DE', 'BE', 'Berlin', '4930', 8, 'EUR'),
  place('DE', 'BY', 'Munich', '4989', 8, 'EUR'),
  place('FR', 'IDF', 'Paris', '331', 8, 'EUR'),
  place('NL', 'NH', 'Amsterdam', '3120', 7, 'EUR'),
  place('AU', 'NSW', 'Sydney', '612', 8, 'AUD'),
  place('AU', 'VIC', 'Melbourne', '613', 8, 'AUD'),
];

const CARRIERS = ['T-Mobile', 'AT&T', 'Verizon', 'Contiguity', 'Twilio'] as const;
const CHANNELS: [string[], ...string[][]] = [
  ['sms'],
  ['sms', 'mms'],
  ['sms', 'mms'],
  ['sms', 'mms', 'rcs'],
  ['sms', 'mms', 'imessage'],
  ['sms', 'mms', 'whatsapp'],
  ['sms', 'mms', 'rcs', 'imessage', 'whatsapp'],
];
const BORN = Date.UTC(2025, 0, 1);

/** `size` numbers, the same ones for the same seed: two thirds in the US, most of them free and plain. */
export function makeInventory(size: number, seed: number): SimulatedNumber[] {
  const taken = new Set<string>();
  return Array.from({ length: size }, (_, index) => {
    const where =
      draw(seed, 'country', index) < 0.65
        ? pick(US, seed, 'us', index)
        : pick(ELSEWHERE, seed, 'place', index);
    return makeNumber(where, e164(where, seed, index, taken), seed, index);
  });
}

/** Unique, and with a local part that does not start with 0 or 1. */
function e164({ prefix, digits }: Place, seed: number, index: number, taken: Set<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const local =
      2 * 10 ** (digits - 1) + Math.floor(draw(seed, 'local', index, attempt) * 7 * 10 ** (digits - 1));
    const number = `+${prefix}${local}`;
    if (taken.has(number)) continue;
    taken.add(number);
    return number;
  }
}

function makeNumber(where: Place, number: string, seed: number, index: number): SimulatedNumber {
  const { country, region, city, currency } = where;
  const chance = (what: string) => draw(seed, what, index);
  const channels = pick(CHANNELS, seed, 'channels', index);
  const carrier =
    country === 'US' || country === 'CA' ? pick(CARRIERS, seed, 'carrier', index) : 'International Partner';
  const born = BORN + Math.floor(chance('born') * 300) * 86_400_000;
  return {
    id: number,
    status: statusOf(chance('status')),
    number: { e164: number, formatted: formatted(number) },
    location: { country, region, city },
    carrier,
    capabilities: { intl_sms: carrier === 'T-Mobile' || country !== 'US', channels: [...channels] },
    health: {
      reputation: Math.round((0.3 + chance('reputation') ** 0.5 * 0.69) * 100) / 100,
      previous_owners: Math.floor(chance('owners') * 5),
    },
    data: { ...requirementsOf(channels, chance('requirements')), e911_capable: chance('e911') < 0.7 },
    created_at: chance('drift') < 0.1 ? new Date(born).toISOString() : born / 1_000,
    pricing: priceOf(currency, channels.length, chance('price')),
  };
}

function statusOf(chance: number): string {
  if (chance < 0.85) return 'available';
  if (chance < 0.92) return 'g-available';
  return chance < 0.97 ? 'leased' : 'unavailable';
}

/** Some records lack the field altogether, as the vendor's do. */
function requirementsOf(channels: string[], chance: number): { requirements?: string[] } {
  if (chance < 0.1) return {};
  const requirements = [
    ...(channels.includes('imessage') ? ['imessage_entitlement_required'] : []),
    ...(channels.includes('whatsapp') ? ['whatsapp_entitlement_required'] : []),
    ...(chance > 0.97 ? ['enterprise_plan_required'] : []),
  ];
  return { requirements };
}

function priceOf(currency: string, channels: number, chance: number): SimulatedNumber['pricing'] {
  const monthly =
    [1.99, 2.99, 4.99, 9.99, 19.99][Math.min(4, Math.floor(chance * 3) + Math.max(0, channels - 2))] ?? 4.99;
  return { currency, upfront_fee: chance < 0.3 ? 0 : Math.round(monthly * 50) / 100, monthly_rate: monthly };
}
