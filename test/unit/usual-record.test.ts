import { expect, test } from 'vitest';
import { numberRecord } from '../../contiguity/schemas.js';
import { usualRecord } from '../../contiguity/usual-record.js';
import { draw, pick } from '../../simulator/draw.js';

const NUMBER = '+14155550123';
const USUAL = {
  id: NUMBER,
  status: 'available',
  number: { e164: NUMBER, formatted: '+1 (415) 555-0123' },
  location: { country: 'US', region: 'CA', city: 'San Francisco', zip: '94103' },
  carrier: 'T-Mobile',
  capabilities: { intl_sms: true, channels: ['sms', 'mms'] },
  health: { reputation: 0.9, previous_owners: 1 },
  data: { requirements: ['imessage_entitlement_required'], e911_capable: true },
  created_at: 1_718_851_200,
  pricing: { currency: 'USD', upfront_fee: 0, monthly_rate: 2.99 },
};

/** Whatever a field may hold: of the right kind and not, at the edges and beyond. */
const VALUES: [unknown, ...unknown[]] = [
  0.5,
  ...[undefined, null, true, false, 0, 1, -1, 1.5, 1e308],
  ...[
    '',
    'available',
    'usd',
    'USD',
    'USDX',
    NUMBER,
    '+14155550199',
    '14155550123',
    'x'.repeat(200),
    'x'.repeat(201),
  ],
  ...[
    [],
    ['sms'],
    [1],
    ['imessage_entitlement_required'],
    {},
    { e164: NUMBER },
    Array<string>(50).fill('x'),
    Array<string>(51).fill('x'),
  ],
];
const PATHS: [string, ...string[]] = [
  'id',
  ...[
    'id',
    'status',
    'number',
    'location',
    'carrier',
    'capabilities',
    'health',
    'data',
    'created_at',
    'pricing',
  ],
  ...[
    'lease_id',
    'lease_status',
    'billing',
    'number.e164',
    'location.country',
    'location.region',
    'location.city',
  ],
  ...['capabilities.intl_sms', 'capabilities.channels', 'health.reputation', 'health.previous_owners'],
  ...['data.requirements', 'pricing.currency', 'pricing.upfront_fee', 'pricing.monthly_rate'],
];

/** The usual record with this at the path; undefined: without what is there. */
function withValue(record: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = path.split('.');
  const { [key]: old, ...others } = record;
  if (rest.length === 0) return value === undefined ? others : { ...others, [key]: value };
  if (typeof old !== 'object' || old === null || Array.isArray(old)) return record;
  return { ...others, [key]: withValue(old as Record<string, unknown>, rest.join('.'), value) };
}

/** What is read, as the schema reads it as well. */
function expectAlike(raw: unknown): void {
  const read = usualRecord(raw);
  if (read) expect(numberRecord.parse(raw)).toEqual(read);
}

test('a usual record is read without the schema, and as the schema reads it', () => {
  expect(usualRecord(USUAL)).toEqual(numberRecord.parse(USUAL));
});

test('whatever is wrong in one field, nothing is read otherwise than by the schema', () => {
  for (const path of PATHS) for (const value of VALUES) expectAlike(withValue(USUAL, path, value));
});

test('whatever is wrong in several fields, nothing is read otherwise than by the schema', () => {
  for (let seed = 0; seed < 3_000; seed += 1) {
    let raw: Record<string, unknown> = USUAL;
    for (let change = 0; change < 1 + draw(seed, 'changes') * 4; change += 1)
      raw = withValue(raw, pick(PATHS, seed, 'path', change), pick(VALUES, seed, 'value', change));
    expectAlike(raw);
  }
});

test('what is unusual is left to the schema', () => {
  const unusual = [
    withValue(USUAL, 'lease_id', 'lsd_1'),
    withValue(USUAL, 'data.requirements', [1]),
    withValue(USUAL, 'pricing', undefined),
    withValue(USUAL, 'health.reputation', 1.5),
    withValue(USUAL, 'id', '4155550123'),
    'a text',
    null,
  ];
  expect(unusual.map(usualRecord)).toEqual(unusual.map(() => undefined));
});
