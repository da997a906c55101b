/** What the client never does (send what is wrong, show what is secret), and all of it against the simulator. */
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createContiguity, type Contiguity, type ContiguityError } from '../../contiguity/index.js';
import { E164_HINT } from '../../domain/phone-number.js';
import { startSimulator, type Simulator } from '../../simulator/index.js';
import { answering, client, failureOf, giving, STUB_KEY, stubApi, vendorError } from '../support/stub-api.js';

const NUMBER = '+14155550123';
const RECIPIENT = '+12025550123';

describe('options', () => {
  it.each([
    ['apiKey', { apiKey: '' }],
    ['apiKey', { apiKey: 'two words' }],
    ['apiKey', { apiKey: 'line\n' }],
    ['apiKey', { apiKey: 'clé' }],
    ['baseUrl', { baseUrl: '' }],
    ['baseUrl', { baseUrl: '127.0.0.1:4010' }],
    ['baseUrl', { baseUrl: 'ftp://127.0.0.1' }],
    ['baseUrl', { baseUrl: 'http://user@127.0.0.1' }],
    ['baseUrl', { baseUrl: 'http://:word@127.0.0.1' }],
    ['baseUrl', { baseUrl: 'http://127.0.0.1/?a=b' }],
    ['baseUrl', { baseUrl: 'http://127.0.0.1/#a' }],
    ['callTimeoutMs', { callTimeoutMs: 0 }],
    ['callTimeoutMs', { callTimeoutMs: Number.NaN }],
    ['callTimeoutMs', { callTimeoutMs: 2 ** 31 }],
    ['connections', { connections: -1 }],
    ['maxBodyBytes', { maxBodyBytes: 1.5 }],
    ['keepAliveMs', { keepAliveMs: Number.POSITIVE_INFINITY }],
  ])('names %s where %o cannot work', (name, options) => {
    const make = () => createContiguity({ apiKey: STUB_KEY, ...options });
    expect(make).toThrow(new RegExp(`^${name} must be .+$`));
    expect(make).not.toThrow(STUB_KEY);
  });

  it('takes a base URL with a path, a slash at its end and another way of writing it', async () => {
    const { url, requests } = await stubApi(giving({ numbers: [] }));
    for (const [given, path] of [
      [url, ''],
      [`${url}/`, ''],
      [` ${url.replace('http', 'HTTP')}/proxy/v1// `, '/proxy/v1'],
    ] as const) {
      const api = client({ baseUrl: given });
      expect(api.account.baseUrl).toBe(`${url}${path}`);
      await api.lease.available();
      expect(requests.at(-1)).toBe(`GET ${path}/numbers/leases`);
    }
  });

  it('tells keys apart without telling them', () => {
    const one = client({}).account;
    expect(one.keyFingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(client({}).account).toEqual(one);
    expect(client({ apiKey: `${STUB_KEY}0` }).account.keyFingerprint).not.toBe(one.keyFingerprint);
  });
});

describe('a number that is not E.164', () => {
  const BAD = [
    '4155550123',
    '+0987654321',
    '+1 415 555 0123',
    '+123456',
    '+1234567890123456',
    '',
    '+1415/..',
  ];
  const CALLS: [string, (api: Contiguity, number: string) => Promise<unknown>][] = [
    ['number', (api, number) => api.lease.get(number)],
    ['number', (api, number) => api.lease.create(number)],
    ['number', (api, number) => api.lease.details(number)],
    ['number', (api, number) => api.lease.terminate(number)],
    ['from', (api, from) => api.text.send({ from, to: RECIPIENT, message: 'Hello' })],
    ['to', (api, to) => api.text.send({ from: NUMBER, to, message: 'Hello' })],
    ['from', (api, from) => api.text.history({ from, to: RECIPIENT })],
    ['to', (api, to) => api.text.history({ from: NUMBER, to })],
  ];

  it.each(BAD)('is refused before any byte leaves: "%s"', async (bad) => {
    const { api, requests } = await stubApi(giving({}));
    for (const [field, call] of CALLS) {
      const error = await failureOf(call(api, bad));
      expect(error.facts).toEqual({
        message: `${field} must be ${E164_HINT}`,
        byVendor: false,
        neverSent: true,
      });
      expect(error.outcome).toBe('refused');
    }
    expect(requests).toEqual([]);
  });
});

describe('another argument that cannot work', () => {
  const text = { from: NUMBER, to: RECIPIENT };
  it.each<[string, (api: Contiguity) => Promise<unknown>]>([
    ['billingMethod', (api) => api.lease.create(NUMBER, { billingMethod: 'yearly' as 'monthly' })],
    ['message', (api) => api.text.send({ ...text, message: ' ' })],
    ['messageId', (api) => api.text.get('..')],
    ['messageId', (api) => api.text.get('text/1')],
    ['limit', (api) => api.text.history({ ...text, limit: 0 })],
    ['limit', (api) => api.text.history({ ...text, limit: 201 })],
    ['limit', (api) => api.text.history({ ...text, limit: 1.5 })],
    ['name', (api) => api.entitlements.apply('../numbers')],
    ['name', (api) => api.entitlements.revoke('')],
  ])('is named and refused before any byte leaves: %s', async (name, call) => {
    const { api, requests } = await stubApi(giving({}));
    const error = await failureOf(call(api));
    expect(error).toMatchObject({ outcome: 'refused', facts: { neverSent: true, byVendor: false } });
    expect(error.facts.message).toMatch(new RegExp(`^${name} must be .+`));
    expect(requests).toEqual([]);
  });
});

describe('errors', () => {
  const everywhere = (error: ContiguityError) =>
    [
      error.message,
      error.stack,
      JSON.stringify(error),
      JSON.stringify(error.toFacts()),
      inspect(error, { depth: 9 }),
    ].join();

  it.each([
    ['in the middle', `The key ${STUB_KEY} is revoked`],
    ['across the cut', `${'x'.repeat(295)}${STUB_KEY}`],
  ])('never show the key, even where the vendor echoes it %s', async (_where, message) => {
    const agreement_url = `https://vendor.example/?key=${STUB_KEY}`;
    const body = { ...vendorError(401, message, { agreement_url }), id: `err_${STUB_KEY}` };
    const { api } = await stubApi(answering(401, body));
    const shown = everywhere(await failureOf(api.lease.available()));
    expect(shown).not.toContain('contiguity_sk');
    expect(shown).toContain('***');
    expect(inspect(api, { depth: 9, showHidden: true })).not.toContain('contiguity_sk');
  });

  it('mask recipients and texts, also those that the vendor echoes', async () => {
    const secret = 'The code is 4711';
    const { api } = await stubApi(answering(400, vendorError(400, `${RECIPIENT} cannot get "${secret}"`)));
    const sent = await failureOf(api.text.send({ from: NUMBER, to: RECIPIENT, message: secret }));
    const read = await failureOf(api.text.history({ from: NUMBER, to: RECIPIENT }));
    expect(sent.message).toBe('POST /send/text: *** cannot get "***"');
    expect(read.url).toBe(`/conversations/history/text/{to}/${NUMBER}/20`);
    expect(everywhere(sent)).not.toMatch(/12025550123|4711/);
    expect(everywhere(read)).not.toContain('12025550123');
  });

  it.each([
    ['a number in other dress', 'no route to (202) 555-0123', 'no route to ***'],
    ['a number as it is dialled', 'no route to 00 1 202 555 0123.', 'no route to ***.'],
    ['a number in a link', 'see /to/%2B12025550123', 'see /to/%2B***'],
    ['the sender', `${NUMBER} is not yours`, `${NUMBER} is not yours`],
    ['a text on one line', 'cannot send "Your code is 4711, tell nobody"', 'cannot send "***"'],
    [
      'a text that is cut',
      'cannot send "Your code is 4711, tell…"',
      'the answer quotes the text and is left out',
    ],
    ['a text in capitals', 'YOUR CODE IS 4711, TELL NOBODY', 'the answer quotes the text and is left out'],
    ['the start of a key', 'key contiguity_sk_0123… is revoked', 'key ***… is revoked'],
  ])('show no more of what the vendor echoes than is safe: %s', async (_what, said, shown) => {
    const { api } = await stubApi(answering(400, vendorError(400, said)));
    const text = { from: NUMBER, to: RECIPIENT, message: 'Your code is 4711,\ntell nobody' };
    expect((await failureOf(api.text.send(text))).facts.message).toBe(shown);
  });
});

describe('against the simulator', () => {
  let time = Date.UTC(2026, 0, 1);

  async function open(): Promise<{ simulator: Simulator; api: Contiguity; number: string }> {
    const termination = { minMs: 60_000, maxMs: 60_000 };
    const simulator = await startSimulator({ clock: { now: () => time }, termination });
    onTestFinished(() => simulator.close());
    const api = client({ baseUrl: simulator.url, apiKey: simulator.apiKey });
    const { data } = await api.lease.available();
    const plain = data.find(
      ({ requirements, pricing }) => requirements.length === 0 && pricing?.currency === 'USD',
    );
    return { simulator, api, number: plain!.number };
  }

  it('finds, leases, reads, terminates and sees the release', async () => {
    const { api, number } = await open();
    expect((await api.lease.leased()).data).toEqual([]);
    const { data: lease, vendorTime } = await api.lease.create(number, { billingMethod: 'monthly' });
    expect(vendorTime).toBe(time);
    const { leaseId } = lease;
    const period = { start: new Date(time).toISOString(), end: null };
    expect(lease).toMatchObject({ number, status: 'active', billing: { method: 'monthly', period } });

    const { data: held } = await api.lease.get(number);
    expect(held).toMatchObject({ number, status: 'leased', lease: { leaseId, status: 'active' } });
    expect((await api.lease.details(number)).data).toEqual(held);
    expect((await api.lease.leased()).data).toEqual([held]);
    expect((await failureOf(api.lease.create(number))).outcome).toBe('refused');

    const { data: terminated } = await api.lease.terminate(number);
    expect(terminated).toEqual({ leaseId, number, status: 'terminated', terminatedAt: period.start });
    expect((await api.lease.leased()).data).toHaveLength(1);
    time += 60_000;
    expect((await api.lease.leased()).data).toEqual([]);
    expect((await api.lease.get(number)).data).not.toHaveProperty('lease');
    expect(await failureOf(api.lease.details(number))).toMatchObject({ outcome: 'refused', status: 404 });
    expect(await failureOf(api.lease.terminate(number))).toMatchObject({ outcome: 'refused', status: 404 });
  });

  it('sends a text and finds it again', async () => {
    const { api, number: from } = await open();
    await api.lease.create(from);
    const thread = { from, to: RECIPIENT };
    expect((await api.text.history(thread)).data).toEqual([]);
    const { messageId: id } = (await api.text.send({ ...thread, message: 'Hello' })).data;
    const text = { ...thread, message: 'Hello', timestamp: time };
    expect((await api.text.get(id)).data).toMatchObject({ id, message: 'Hello', status: 'sent' });
    time += 2_000;
    expect((await api.text.get(id, { tracking: true })).data).toMatchObject({
      status: 'delivered',
      events: ['text.sent', 'text.delivery.confirmed'],
    });
    expect((await api.text.get(id)).data).not.toHaveProperty('events');
    expect((await api.text.history({ ...thread, limit: 1 })).data).toEqual([
      { ...text, delivery: 'delivered' },
    ]);
  });

  it('reads and changes entitlements', async () => {
    const { api } = await open();
    const { data } = await api.entitlements.list();
    expect(data).toContainEqual(expect.objectContaining({ name: 'whatsapp', status: 'available' }));
    expect((await api.entitlements.apply('whatsapp')).data).toEqual({ granted: true });
    expect((await api.entitlements.get('whatsapp')).data.status).toBe('granted');
    expect((await api.entitlements.revoke('whatsapp')).data).toEqual({ revoked: true });
    expect(await failureOf(api.entitlements.get('nothing'))).toMatchObject({
      outcome: 'refused',
      status: 404,
    });
  });

  it('hears of the agreement to accept, of a contract that is missing and of a key that was replaced', async () => {
    const { simulator, api, number } = await open();
    simulator.controls.setEntitlement('lease', false);
    const { facts } = await failureOf(api.lease.create(number));
    expect(facts).toMatchObject({ status: 403, byVendor: true });
    expect(facts.agreementUrl).toMatch(/^https:/);
    simulator.controls.setEntitlement('lease', true);
    const contract = api.lease.create(number, { billingMethod: 'service_contract' });
    expect((await failureOf(contract)).message).toContain('No active service contract');
    simulator.controls.setKey('contiguity_sk_new');
    expect(await failureOf(api.lease.available())).toMatchObject({ outcome: 'refused', status: 401 });
  });
});
