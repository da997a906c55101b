/** Successes: the drift that is taken, and what is rejected because a misreading would mislead. */
import { describe, expect, it } from 'vitest';
import type { Contiguity } from '../../contiguity/index.js';
import { answering, failureOf, giving, stubApi, vendorError } from '../support/stub-api.js';

const NUMBER = '+14155550123';
const OTHER = '+14155550199';

function rawNumber(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: NUMBER,
    status: 'available',
    number: { e164: NUMBER, formatted: '+1 (415) 555-0123' },
    location: { country: 'US', region: 'CA', city: 'San Francisco' },
    carrier: 'T-Mobile',
    capabilities: { intl_sms: true, channels: ['sms'] },
    health: { reputation: 0.9, previous_owners: 1 },
    data: { requirements: ['imessage_entitlement_required'], e911_capable: true },
    created_at: 1_718_851_200,
    pricing: { currency: 'USD', upfront_fee: 1, monthly_rate: 2.99 },
    ...changes,
  };
}

const RAW_BILLING = {
  method: 'monthly',
  price: { currency: 'USD', monthly_rate: 2.99, upfront_fee: 1 },
  period: { start: 1_718_851_200, end: null },
};
const RAW_LEASE = { lease_id: 'lsd_1', number: NUMBER, status: 'active', billing: RAW_BILLING };
const HELD = { status: 'leased', lease_id: 'lsd_1', lease_status: 'active', billing: RAW_BILLING };

const RECORD = {
  number: NUMBER,
  status: 'available',
  location: { country: 'US', region: 'CA', city: 'San Francisco' },
  carrier: 'T-Mobile',
  intlSms: true,
  channels: ['sms'],
  reputation: 0.9,
  previousOwners: 1,
  requirements: ['imessage_entitlement_required'],
  pricing: { currency: 'USD', upfrontFee: 1, monthlyRate: 2.99 },
};
const BILLING = {
  method: 'monthly',
  price: { currency: 'USD', monthlyRate: 2.99, upfrontFee: 1 },
  period: { start: '2024-06-20T02:40:00.000Z', end: null },
};

const get = async (data: unknown) => (await (await stubApi(giving(data))).api.lease.get(NUMBER)).data;
const create = async (data: unknown) => (await (await stubApi(giving(data))).api.lease.create(NUMBER)).data;

describe("a number's record", () => {
  it('is read into our words and units, with the facts of the envelope', async () => {
    const { api } = await stubApi(giving(rawNumber()));
    const answer = { data: RECORD, vendorTime: 1_785_698_220_563, requestId: 'req_1' };
    expect(await api.lease.get(NUMBER)).toEqual(answer);
  });

  it("carries the account's lease", async () => {
    const lease = { leaseId: 'lsd_1', status: 'active', billing: BILLING };
    expect(await get(rawNumber(HELD))).toEqual({ ...RECORD, status: 'leased', lease });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['no requirements', { data: {} }, { requirements: [] }],
    ['requirements that are null', { data: { requirements: null } }, { requirements: [] }],
    ['no data at all', { data: undefined }, { requirements: [] }],
    ['an ISO date', { created_at: '2024-06-20T02:40:00Z' }, {}],
    ['no date', { created_at: null }, {}],
    ['requirements that cannot be read', { data: { requirements: 'all' } }, { requirements: ['unreadable'] }],
    ['a currency in small letters', { pricing: { currency: 'usd', upfront_fee: 1, monthly_rate: 2.99 } }, {}],
    ['a reputation in per cent', { health: { reputation: 90, previous_owners: 1 } }, { reputation: 0 }],
    ['an unknown status', { status: 'reserved' }, { status: 'reserved' }],
    ['unknown fields', { surprise: { deep: true } }, {}],
    ['an unknown channel', { capabilities: { intl_sms: true, channels: ['fax'] } }, { channels: ['fax'] }],
    ['no health', { health: null }, { reputation: 0, previousOwners: 0 }],
    ['no location', { location: undefined }, { location: { country: '', region: '', city: '' } }],
    ['lease fields that are null', { lease_id: null, lease_status: null, billing: null }, {}],
    ['only the end of a lease', { lease_status: 'terminated' }, {}],
    ['a lease without its status', { lease_id: 'lsd_1' }, { lease: { leaseId: 'lsd_1', status: 'unknown' } }],
    [
      'a lease with a status that is new',
      { lease_id: 'lsd_1', lease_status: 'pending' },
      { lease: { leaseId: 'lsd_1', status: 'pending' } },
    ],
    [
      'a lease that is over',
      { lease_id: 'lsd_1', lease_status: 'expired' },
      { lease: { leaseId: 'lsd_1', status: 'expired', isOver: true } },
    ],
  ])('may drift: %s', async (_what, changes, becomes) => {
    expect(await get(rawNumber(changes))).toEqual({ ...RECORD, ...becomes });
  });

  it.each([
    ['none', undefined],
    ['null', null],
    ['texts for amounts', { currency: 'USD', upfront_fee: '1', monthly_rate: '2.99' }],
    ['a negative amount', { currency: 'USD', upfront_fee: -1, monthly_rate: 2.99 }],
    ['no currency', { upfront_fee: 1, monthly_rate: 2.99 }],
  ])('has an unknown price, never a wrong one: %s', async (_what, pricing) => {
    expect(await get(rawNumber({ pricing }))).not.toHaveProperty('pricing');
  });

  it.each<[string, unknown, string]>([
    ['another number', rawNumber({ id: OTHER, number: { e164: OTHER } }), `is not about ${NUMBER}`],
    ['two numbers', rawNumber({ number: { e164: OTHER } }), 'id and number.e164 differ'],
    ['no E.164', rawNumber({ id: '4155550123' }), 'id: is no E.164 phone number'],
    ['no status', rawNumber({ status: undefined }), 'status: '],
    ['an empty status', rawNumber({ status: '' }), 'status: '],
    ['a lease without its id', rawNumber({ lease_status: 'active' }), 'lease_status without a lease_id'],
    ['an empty lease id', rawNumber({ ...HELD, lease_id: '' }), 'lease_id: '],
    ['a list', [rawNumber()], 'data: '],
    ['nothing', null, 'data: '],
  ])('is rejected with %s', async (_what, data, why) => {
    const { api } = await stubApi(giving(data));
    const error = await failureOf(api.lease.get(NUMBER));
    expect(error).toMatchObject({ outcome: 'ambiguous', status: 200 });
    expect(error.message).toContain('the answer cannot be understood: ');
    expect(error.message).toContain(why);
  });
});

describe('the answer to a lease', () => {
  it('is read with its price and period', async () => {
    expect(await create(RAW_LEASE)).toEqual({
      leaseId: 'lsd_1',
      number: NUMBER,
      status: 'active',
      billing: BILLING,
    });
  });

  it.each([
    ['seconds', 1_718_851_200],
    ['milliseconds', 1_718_851_200_000],
    ['digits', '1718851200'],
    ['ISO 8601', '2024-06-20T02:40:00Z'],
  ])('takes a start in %s', async (_what, start) => {
    const { billing } = await create({ ...RAW_LEASE, billing: { ...RAW_BILLING, period: { start } } });
    expect(billing.period).toEqual(BILLING.period);
  });

  it('may name no price', async () => {
    const { billing } = await create({ ...RAW_LEASE, billing: { ...RAW_BILLING, price: undefined } });
    expect(billing).toEqual({ method: BILLING.method, period: BILLING.period });
  });

  it.each<[string, Record<string, unknown>]>([
    ['no id', { lease_id: undefined }],
    ['an empty id', { lease_id: '' }],
    ['another number', { number: OTHER }],
    ['no status', { status: undefined }],
    ['no billing', { billing: undefined }],
    ['a blank start', { billing: { ...RAW_BILLING, period: { start: ' ' } } }],
    ['words for a start', { billing: { ...RAW_BILLING, period: { start: 'soon' } } }],
    ['a start that no date can hold', { billing: { ...RAW_BILLING, period: { start: 1e20 } } }],
  ])('with %s is no answer, and the call may have acted', async (_what, changes) => {
    const { api } = await stubApi(giving({ ...RAW_LEASE, ...changes }));
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({ outcome: 'ambiguous', facts: { status: 200, byVendor: true } });
  });
});

describe('lists', () => {
  it('of what is available leave out what cannot be read', async () => {
    const { api } = await stubApi(giving({ available: 3, numbers: [rawNumber(), { id: OTHER }, null] }));
    expect(await api.lease.available()).toMatchObject({ data: [RECORD], skipped: 2 });
    const { api: whole } = await stubApi(giving({ available: 1, numbers: [rawNumber()] }));
    expect(await whole.lease.available()).not.toHaveProperty('skipped');
  });

  it('of what is available are unknown, not empty, where nothing can be read', async () => {
    const { api } = await stubApi(giving({ numbers: [{ e164: NUMBER }, { e164: OTHER }] }));
    expect((await failureOf(api.lease.available())).message).toContain('none of 2 numbers can be read');
  });

  it.each([
    ['a record that cannot be read', { id: OTHER }],
    ['a record without a lease', rawNumber({ id: OTHER })],
  ])('of what is leased fail over %s', async (_what, second) => {
    const { api } = await stubApi(giving({ numbers: [rawNumber(HELD), second] }));
    expect(await failureOf(api.lease.leased())).toMatchObject({ outcome: 'ambiguous', status: 200 });
  });

  it('have each number once, however often the vendor lists it', async () => {
    const { api } = await stubApi(giving({ leased: 2, numbers: [rawNumber(HELD), rawNumber(HELD)] }));
    expect((await api.lease.leased()).data).toHaveLength(1);
    const { api: free } = await stubApi(giving({ numbers: [rawNumber(), rawNumber()] }));
    expect(await free.lease.available()).toMatchObject({ data: [RECORD] });
  });

  it('are not believed on a number of which two rows differ', async () => {
    const held = [rawNumber(HELD), rawNumber({ ...HELD, lease_id: 'lsd_2' })];
    const { api } = await stubApi(giving({ leased: 2, numbers: held }));
    expect((await failureOf(api.lease.leased())).message).toContain(`two rows of ${NUMBER} differ`);
    const free = [
      rawNumber(),
      rawNumber({ status: 'unavailable' }),
      rawNumber({ id: OTHER, number: undefined }),
    ];
    const { api: inventory } = await stubApi(giving({ numbers: free }));
    expect(await inventory.lease.available()).toMatchObject({ data: [{ number: OTHER }], skipped: 1 });
  });

  it('of what is leased fail where they count more than they show', async () => {
    const { api } = await stubApi(giving({ leased: 2, numbers: [rawNumber(HELD)] }));
    expect((await failureOf(api.lease.leased())).message).toContain('fewer numbers than it counts');
  });

  it.each<[string, (api: Contiguity) => Promise<{ data: unknown[] }>]>([
    ['available numbers', (api) => api.lease.available()],
    ['leases', (api) => api.lease.leased()],
    ['a thread', (api) => api.text.history({ to: OTHER, from: NUMBER })],
    ['entitlements', (api) => api.entitlements.list()],
  ])("of %s are empty on the vendor's own 404, and on no other", async (_what, list) => {
    const { api } = await stubApi(answering(404, vendorError(404, 'None')));
    const empty = { data: [], notFound: true, vendorTime: 1_785_698_220_563, requestId: 'err_1' };
    expect(await list(api)).toEqual(empty);
    const elsewhere = await stubApi(answering(404, { error: 'Not Found' }));
    expect(await failureOf(list(elsewhere.api))).toMatchObject({ outcome: 'ambiguous', status: 404 });
    const wrong = await stubApi(giving({ numbers: 'none', conversation: {}, entitlements: null }));
    expect(await failureOf(list(wrong.api))).toMatchObject({ outcome: 'ambiguous', status: 200 });
  });
});

describe('the envelope', () => {
  it.each<[string, unknown]>([
    ['no JSON', 'OK'],
    ['half of one', '{"object":"response","data":'],
    ['an empty object', {}],
    ['no data', { id: 'req_1', object: 'response' }],
    ['null', 'null'],
    ['the data alone', rawNumber()],
    ["an error's envelope", { object: 'error', data: rawNumber() }],
  ])('is wanted around a success: %s is none', async (_what, body) => {
    const { api } = await stubApi(answering(200, body));
    expect(await failureOf(api.lease.get(NUMBER))).toMatchObject({ outcome: 'ambiguous', status: 200 });
  });

  it('may lack its clock and its id', async () => {
    const { api } = await stubApi(answering(200, { id: 7, timestamp: 'soon', data: rawNumber() }));
    expect(await api.lease.get(NUMBER)).toEqual({ data: RECORD });
  });
});

describe('texts and terminations', () => {
  it('reads a termination with and without its time', async () => {
    const answer = { lease_id: 'lsd_1', number_id: NUMBER, status: 'terminated' };
    const leaseTerminated = { leaseId: 'lsd_1', number: NUMBER, status: 'terminated' };
    const at = await stubApi(giving({ ...answer, terminated_at: 1_718_851_200 }));
    const terminatedAt = BILLING.period.start;
    expect((await at.api.lease.terminate(NUMBER)).data).toEqual({ ...leaseTerminated, terminatedAt });
    const { api } = await stubApi(giving(answer));
    expect((await api.lease.terminate(NUMBER)).data).toEqual({ ...leaseTerminated, terminatedAt: null });
    const other = await stubApi(giving({ ...answer, number_id: OTHER }));
    expect((await failureOf(other.api.lease.terminate(NUMBER))).outcome).toBe('ambiguous');
  });

  it('rejects the details of a lease without the lease', async () => {
    const { api } = await stubApi(giving(rawNumber()));
    expect((await failureOf(api.lease.details(NUMBER))).message).toContain('is leased without a lease_id');
  });

  it('rejects another message', async () => {
    const { api } = await stubApi(giving({ id: 'text_2', message: 'Hi', status: 'sent' }));
    expect((await failureOf(api.text.get('text_1'))).message).toContain('is another message');
  });

  it('rejects a text without an id', async () => {
    const { api } = await stubApi(giving({ message_id: '' }));
    const text = { from: NUMBER, to: OTHER, message: 'Hello' };
    expect((await failureOf(api.text.send(text))).outcome).toBe('ambiguous');
  });

  it('keeps every entry of a thread, without what cannot be read of it', async () => {
    const entry = { to: OTHER, from: NUMBER, timestamp: 1_785_698_220_563 };
    const delivered = { ...entry, message: 'Hi', delivery: { status: 'delivered', delayed: false } };
    const asNumber = { ...entry, to: Number(OTHER.slice(1)), timestamp: 'now' };
    const { api } = await stubApi(giving({ conversation: [entry, delivered, asNumber, null, 'text'] }));
    expect((await api.text.history({ to: OTHER, from: NUMBER })).data).toEqual([
      entry,
      { ...entry, message: 'Hi', delivery: 'delivered' },
      { to: OTHER.slice(1), from: NUMBER },
      {},
      {},
    ]);
  });
});
