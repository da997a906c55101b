/** The vendor's own SDK, unmodified, against the simulator: what holds the simulator honest. */
import { Contiguity } from 'contiguity';
import { Agent, fetch as undiciFetch, type Dispatcher, type RequestInit } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';

const RECIPIENT = '+12025550123';
const LAG_MS = 180_000;

let time: number;
let simulator: Simulator;
let agent: Dispatcher;
let sdk: Contiguity;

beforeEach(() => open());
afterEach(() => close());

async function open(options: SimulatorOptions = {}): Promise<void> {
  time = Date.UTC(2026, 0, 1);
  const termination = { minMs: LAG_MS, maxMs: LAG_MS };
  simulator = await startSimulator({ clock: { now: () => time }, termination, ...options });
  redirect(simulator.url);
  sdk = new Contiguity(simulator.apiKey);
}

async function close(): Promise<void> {
  vi.unstubAllGlobals();
  await agent.close();
  await simulator.close();
}

async function reopen(options: SimulatorOptions): Promise<void> {
  await close();
  await open(options);
}

/**
 * The SDK has its address built in. Node's own `fetch` honours another package's dispatcher only while the two
 * undici versions agree on its shape, so `fetch` itself is undici's here.
 */
function redirect(url: string): void {
  agent = new Agent().compose((dispatch) => (options, handler) => {
    if (String(options.origin) !== 'https://api.contiguity.com') throw new Error('not the vendor');
    return dispatch({ ...options, origin: url }, handler);
  });
  const redirected = (input: string, init: RequestInit) => undiciFetch(input, { ...init, dispatcher: agent });
  vi.stubGlobal('fetch', redirected);
}

/** A free number that needs nothing of the account. */
async function plainNumber(): Promise<string> {
  const { numbers } = await sdk.lease.available();
  const plain = numbers.find(({ data }) => (data.requirements ?? []).length === 0);
  return plain!.id;
}

describe('the complete example', () => {
  it('finds, leases, looks, sends and terminates', async () => {
    const available = await sdk.lease.available();
    expect(available.available).toBe(available.numbers.length);
    const number = await plainNumber();

    const lease = await sdk.lease.create(number, { billing_method: 'monthly' });
    const leased = { lease_id: lease['lease_id'], lease_status: 'active', status: 'leased' };
    expect(lease).toMatchObject({
      lease_id: expect.stringMatching(/^lsd_/) as string,
      number,
      status: 'active',
      billing: { method: 'monthly', period: { start: time / 1_000, end: null } },
      metadata: { id: expect.stringMatching(/^req_/) as string, timestamp: String(time), object: 'response' },
    });

    expect(await sdk.lease.leased()).toMatchObject({ leased: 1, numbers: [{ id: number, ...leased }] });
    expect(await sdk.lease.details(number)).toMatchObject({ id: number, ...leased });
    expect(await sdk.lease.get(number)).toMatchObject({ id: number, ...leased });

    const message = 'Hello from my leased number!';
    const sent = await sdk.text.send({ from: number, to: RECIPIENT, message });
    expect(sent).toMatchObject({ message_id: expect.stringMatching(/^text_/) as string });

    const terminated = await sdk.lease.terminate(number);
    expect(terminated).toMatchObject({
      number_id: number,
      status: 'terminated',
      lease_id: lease['lease_id'],
    });
  });

  it('keeps a terminated number listed until its lag is over', async () => {
    const number = await plainNumber();
    await sdk.lease.create(number);
    await sdk.lease.terminate(number);
    time += LAG_MS - 1;
    expect(await sdk.lease.leased()).toMatchObject({ leased: 1 });
    time += 1;
    await expect(sdk.lease.leased()).rejects.toMatchObject({ status: 404 });
    await expect(sdk.lease.details(number)).rejects.toMatchObject({ status: 404 });
    const free = await sdk.lease.get(number);
    expect(free).toMatchObject({ id: number, status: 'available' });
    expect(free).not.toHaveProperty('lease_id');
  });

  it("refuses the documentation's placeholder recipient and says what is right", async () => {
    const number = await plainNumber();
    await sdk.lease.create(number);
    await expect(sdk.text.send({ from: number, to: '+0987654321', message: 'Hello' })).rejects.toMatchObject({
      status: 400,
      message: 'to must be an E.164 phone number such as "+14155550123"',
    });
  });
});

describe('texts', () => {
  it('are found by id and in the thread, and are delivered after a while', async () => {
    const number = await plainNumber();
    await sdk.lease.create(number);
    const { message_id: id } = (await sdk.text.send({ from: number, to: RECIPIENT, message: 'One' })) as {
      message_id: string;
    };
    const text = { to: RECIPIENT, from: number, message: 'One', timestamp: time };
    expect(await sdk.text.get(id)).toMatchObject({ id, status: 'sent', ...text });
    time += 2_000;
    expect(await sdk.text.get(id)).toMatchObject({ status: 'delivered' });
    expect(await sdk.text.history({ to: RECIPIENT, from: number, limit: 5 })).toMatchObject({
      conversation: [{ ...text, delivery: { status: 'delivered', delayed: false } }],
      chat: { limit: 5, count: 1 },
    });
  });

  it('need an active lease', async () => {
    const number = await plainNumber();
    const text = sdk.text.send({ from: number, to: RECIPIENT, message: 'Hello' });
    await expect(text).rejects.toMatchObject({ status: 400 });
  });
});

describe('what an account may not do', () => {
  it('answers 404 for empty lists and unknown numbers', async () => {
    const number = await plainNumber();
    await expect(sdk.lease.leased()).rejects.toMatchObject({ status: 404 });
    await expect(sdk.lease.get('+19995550100')).rejects.toMatchObject({ status: 404 });
    await expect(sdk.text.get('text_0')).rejects.toMatchObject({ status: 404 });
    await expect(sdk.text.history({ to: RECIPIENT, from: number })).rejects.toMatchObject({ status: 404 });
    await reopen({ inventorySize: 0 });
    await expect(sdk.lease.available()).rejects.toMatchObject({ status: 404 });
  });

  it('answers 403 with the agreement to accept, and leases once it is accepted', async () => {
    await reopen({ entitlements: { lease: false } });
    const number = await plainNumber();
    const agreement_url = expect.stringMatching(/^https:\/\/.*\/lease$/) as string;
    await expect(sdk.lease.create(number)).rejects.toMatchObject({ status: 403, data: { agreement_url } });
    await sdk.entitlements.apply('lease');
    expect(await sdk.lease.create(number)).toMatchObject({ number });
  });

  it('names the entitlement that a number needs', async () => {
    const { numbers } = await sdk.lease.available();
    const demanding = numbers.find(({ data }) =>
      data.requirements?.includes('whatsapp_entitlement_required'),
    );
    await expect(sdk.lease.create(demanding!.id)).rejects.toMatchObject({
      status: 403,
      message: expect.stringMatching(/(whatsapp|imessage)_entitlement_required/) as string,
    });
  });

  it('leases on a service contract only where there is one', async () => {
    const number = await plainNumber();
    const contract = { billing_method: 'service_contract' } as const;
    await expect(sdk.lease.create(number, contract)).rejects.toMatchObject({ status: 400 });
    await reopen({ entitlements: { service_contract: true } });
    const lease = await sdk.lease.create(number, contract);
    expect(lease).toMatchObject({ billing: { method: 'service_contract' } });
  });

  it('knows no other key', async () => {
    sdk = new Contiguity('contiguity_sk_wrong');
    await expect(sdk.lease.available()).rejects.toMatchObject({ status: 401, message: 'Invalid API key' });
  });

  it('lists, grants and revokes entitlements', async () => {
    expect(await sdk.entitlements.list()).toMatchObject({
      entitlements: expect.arrayContaining([
        expect.objectContaining({ name: 'lease', status: 'granted' }),
        expect.objectContaining({ name: 'whatsapp', status: 'available' }),
      ]) as unknown[],
    });
    expect(await sdk.entitlements.apply('whatsapp')).toMatchObject({ granted: true });
    expect(await sdk.entitlements.get('whatsapp')).toMatchObject({ name: 'whatsapp', status: 'granted' });
    expect(await sdk.entitlements.revoke('whatsapp')).toMatchObject({ revoked: true });
    expect(await sdk.entitlements.get('whatsapp')).toMatchObject({ status: 'available' });
  });
});
