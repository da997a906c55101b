import { describe, expect, it } from 'vitest';
import { matches, nationalNumber, rank, spread } from '../../domain/find.js';
import type { NumberRecord } from '../../domain/number-record.js';

function record(changes: Partial<NumberRecord> = {}): NumberRecord {
  return {
    number: '+14155550123',
    status: 'available',
    location: { country: 'US', region: 'CA', city: 'San Francisco' },
    carrier: 'Verizon',
    intlSms: false,
    channels: ['sms', 'mms'],
    reputation: 0.9,
    previousOwners: 0,
    requirements: [],
    pricing: { currency: 'USD', upfrontFee: 0, monthlyRate: 2.99 },
    ...changes,
  };
}

const priced = (number: string, monthlyRate: number, currency = 'USD', changes: Partial<NumberRecord> = {}) =>
  record({ number, pricing: { currency, upfrontFee: 0, monthlyRate }, ...changes });
const numbers = (records: NumberRecord[]) => records.map(({ number }) => number);
const many = (count: number, rate: (index: number) => number, changes: Partial<NumberRecord> = {}) =>
  Array.from({ length: count }, (_, i) =>
    priced(`+1415555${String(i).padStart(4, '0')}`, rate(i), 'USD', changes),
  );

describe('matches', () => {
  it('takes any number for no criteria', () => expect(matches(record(), {})).toBe(true));

  it.each([
    [{ country: 'US' }, { country: 'GB' }],
    [{ region: 'ca' }, { region: 'NY' }],
    [{ city: ' san francisco' }, { city: 'Oakland' }],
    [{ areaCode: '415' }, { areaCode: '555' }],
    [{ channels: ['mms', 'sms'] }, { channels: ['sms', 'rcs'] }],
    [{ carrier: 'VERIZON' }, { carrier: 'T-Mobile' }],
    [{ minReputation: 0.9 }, { minReputation: 0.91 }],
    [{ intlSms: false }, { intlSms: true }],
  ])('%j and not %j', (yes, no) => {
    expect(matches(record(), yes)).toBe(true);
    expect(matches(record(), no)).toBe(false);
    expect(matches(record(), { ...yes, ...no })).toBe(false);
  });

  it('takes only requirements that the account meets, where it says which', () => {
    const demanding = record({ requirements: ['enterprise_plan_required'] });
    expect(matches(demanding, {})).toBe(true);
    expect(matches(demanding, { allowRequirements: [] })).toBe(false);
    expect(matches(demanding, { allowRequirements: ['enterprise_plan_required'] })).toBe(true);
  });

  it.each([
    ['+14155550123', '4155550123'],
    ['+442079460000', '2079460000'],
    ['+4930123456', '30123456'],
    ['+353123456789', '123456789'],
    ['+77012345678', '7012345678'],
    ['+972312345678', '312345678'],
    ['+61298765432', '298765432'],
  ])('%s is %s in its country', (number, national) => expect(nationalNumber(number)).toBe(national));
});

describe('rank', () => {
  it('puts the cheapest first, then reputation, fewer owners, the number', () => {
    const dear = priced('+14155550001', 9);
    const poor = priced('+14155550002', 2, 'USD', { reputation: 0.5 });
    const used = priced('+14155550003', 2, 'USD', { previousOwners: 3 });
    const second = priced('+14155550005', 2);
    const first = priced('+14155550004', 2);
    expect(rank([dear, poor, used, second, first], {})).toEqual([first, second, used, poor, dear]);
  });

  it('puts what may be refused after what will not, unless the criteria say that it is met', () => {
    const cheap = priced('+14155550001', 1, 'USD', { requirements: ['imessage_entitlement_required'] });
    const plain = priced('+14155550002', 9);
    expect(numbers(rank([cheap, plain], {}))).toEqual([plain.number, cheap.number]);
    const met = { allowRequirements: ['imessage_entitlement_required'] };
    expect(numbers(rank([cheap, plain], met))).toEqual([cheap.number, plain.number]);
  });

  it('counts the upfront fee and one month', () => {
    const upfront = record({
      number: '+14155550001',
      pricing: { currency: 'USD', upfrontFee: 5, monthlyRate: 1 },
    });
    expect(numbers(rank([upfront, priced('+14155550002', 5)], {}))).toEqual(['+14155550002', '+14155550001']);
  });

  it("puts the limits' currency first, else USD, unknown prices last", () => {
    const { pricing, ...unpriced } = record({ number: '+14155550009' });
    expect(pricing).toBeDefined();
    const all = [
      unpriced,
      priced('+447700900001', 1, 'GBP'),
      priced('+14155550001', 50),
      priced('+33612345678', 9, 'EUR'),
    ];
    expect(numbers(rank(all, {}))).toEqual(['+14155550001', '+33612345678', '+447700900001', '+14155550009']);
    expect(numbers(rank(all, {}, { currency: 'GBP' }))).toEqual(['+447700900001']);
  });

  it('leaves out what is not leasable, does not fit or is over the limits', () => {
    const all = [
      record({ status: 'leased' }),
      record({ status: 'unheard-of' }),
      record({ channels: [] }),
      priced('+14155550001', 30),
      record({ number: '+14155550002', status: 'g-available' }),
    ];
    expect(numbers(rank(all, { channels: ['sms'] }, { currency: 'USD', maxMonthlyRate: 20 }))).toEqual([
      '+14155550002',
    ]);
  });
});

describe('spread', () => {
  it('is the same for one seed, another for another, and loses nothing', () => {
    const ranked = many(100, () => 3);
    expect(spread(ranked, 'a')).toEqual(spread(ranked, 'a'));
    expect(spread(ranked, 'a')).not.toEqual(spread(ranked, 'b'));
    expect(numbers(spread(ranked, 'a')).sort()).toEqual(numbers(ranked).sort());
    expect(spread([], 'a')).toEqual([]);
  });

  it('shuffles the 32 best of one price and leaves the rest in order', () => {
    const ranked = many(100, () => 3);
    const firsts = new Set(Array.from({ length: 500 }, (_, i) => spread(ranked, `run ${i}`)[0]?.number));
    expect(firsts.size).toBe(32);
    expect(spread(ranked, 'a').slice(32)).toEqual(ranked.slice(32));
    const crowd = Array.from({ length: 500 }, (_, i) => spread(ranked, `run ${i}`, 20)[0]?.number);
    expect(new Set(crowd).size).toBeGreaterThan(70);
  });

  it('never puts a clearly dearer number, or one of a worse band, before a better one', () => {
    const ranked = [...many(2, () => 3), priced('+14165550001', 3.5), priced('+14165550002', 3.5)];
    expect(spread(ranked, 'x').slice(2)).toEqual(ranked.slice(2));
    const bands = [...many(2, () => 3), priced('+14165550001', 3, 'USD', { reputation: 0.6 })];
    for (let i = 0; i < 20; i++) expect(spread(bands, `${i}`)[2]).toBe(bands[2]);
  });

  it('picks among the few cheapest where prices differ a little', () => {
    const ranked = many(50, (i) => 3 + i * 0.05);
    const firsts = new Set(Array.from({ length: 200 }, (_, i) => spread(ranked, `run ${i}`)[0]));
    expect(firsts).toEqual(new Set(ranked.slice(0, 4)));
  });
});
