/** What a person may do to the simulated world, in process and over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND_MS, SimulatedApi } from '../support/simulator-api.js';

let api: SimulatedApi;

beforeEach(async () => {
  api = await SimulatedApi.start();
});
afterEach(() => api.close());

async function done(path: string, body?: unknown): Promise<void> {
  expect(await (await api.control(path, body)).json()).toMatchObject({ done: true });
}

describe('leases of others', () => {
  it('shows a lease that somebody made by hand as the account’s own', async () => {
    const { id } = await api.plain();
    await done(`numbers/${id}/lease-by-hand`);
    expect(await api.get(id)).toMatchObject({ status: 'leased', lease_status: 'active' });
    await api.send(id);
    await done(`numbers/${id}/release-by-hand`);
    expect((await api.get(id)).status).toBe('available');
    const { entries } = await api.controls.ledger();
    expect(entries.flatMap((entry) => ('by' in entry ? [[entry.kind, entry.by]] : []))).toEqual([
      ['leased', 'hand'],
      ['released', 'hand'],
    ]);
  });

  it('shows a lease of another account as leased, and whose it is to nobody', async () => {
    const { id } = await api.plain();
    await done(`numbers/${encodeURIComponent(id)}/lease-by-other`);
    const taken = await api.get(id);
    expect(taken.status).toBe('leased');
    expect(taken).not.toHaveProperty('lease_id');
    expect((await api.numbers()).map((number) => number.id)).not.toContain(id);
    await api.call(404, 'GET', `/numbers/leased/${id}`);
    await api.call(404, 'GET', '/numbers/leased');
    await api.call(404, 'DELETE', `/numbers/leased/${id}`);
    await api.call(400, 'POST', `/numbers/lease/${id}`);
    expect((await api.controls.ledger()).open).toEqual([]);
    await done(`numbers/${id}/release-by-other`);
    await api.lease(id);
    expect((await api.control(`numbers/${id}/release-by-other`)).status).toBe(400);
  });
});

describe('what the vendor may do', () => {
  it('pauses a lease: it shows, and nothing is sent from it', async () => {
    const { id } = await api.plain();
    await api.lease(id);
    await done(`numbers/${id}/lease-status`, { status: 'paused' });
    expect(await api.get(id)).toMatchObject({ status: 'leased', lease_status: 'paused' });
    await api.send(id, 'Hello', 400);
    await done(`numbers/${id}/lease-status`, { status: 'active' });
    await api.send(id);
  });

  it('ends a lease by itself: the number is free, and shows the old lease until the next one', async () => {
    const { id } = await api.plain();
    const leaseId = await api.lease(id);
    await done(`numbers/${id}/expire`);
    expect(await api.get(id)).toMatchObject({
      status: 'available',
      lease_id: leaseId,
      lease_status: 'expired',
    });
    await api.call(404, 'GET', '/numbers/leased');
    await api.call(404, 'DELETE', `/numbers/leased/${id}`);
    await api.send(id, 'Hello', 400);
    const { entries, open } = await api.controls.ledger();
    expect(entries.at(-1)).toMatchObject({ kind: 'released', by: 'vendor', leaseId });
    expect(open).toEqual([]);
    const next = await api.lease(id);
    expect(await api.get(id)).toMatchObject({ lease_id: next, lease_status: 'active' });
  });

  it('changes a number’s status, reputation and price', async () => {
    const { id } = await api.plain();
    const pricing = { currency: 'EUR', upfront_fee: 0.5, monthly_rate: 7 };
    await done(`numbers/${id}/change`, { status: 'unavailable', reputation: 0.31, pricing });
    expect(await api.get(id)).toMatchObject({ status: 'unavailable', health: { reputation: 0.31 }, pricing });
    await api.call(400, 'POST', `/numbers/lease/${id}`);
  });

  it('leases one number once, whatever its status is set to', async () => {
    const { id } = await api.plain();
    await api.lease(id);
    api.controls.setNumberStatus(id, 'available');
    await api.call(400, 'POST', `/numbers/lease/${id}`);
  });
});

describe('the account', () => {
  it('replaces the key: the old one opens nothing any more', async () => {
    await done('key', { apiKey: 'contiguity_sk_next' });
    await api.call(401, 'GET', '/numbers/leases');
    const headers = { authorization: 'Token contiguity_sk_next' };
    expect((await api.fetch('/numbers/leases', { headers })).status).toBe(200);
  });

  it('grants and revokes entitlements, and knows no others', async () => {
    const { id } = await api.plain();
    await done('entitlements/lease', { granted: false });
    const { data } = await api.call(403, 'POST', `/numbers/lease/${id}`);
    expect(data.agreement_url).toMatch(/^https:\/\/.+\/lease$/);
    await done('entitlements/lease', { granted: true });
    await api.lease(id);
    expect((await api.control('entitlements/leese', { granted: true })).status).toBe(404);
  });

  it('changes how long terminations take', async () => {
    const { id } = await api.plain();
    await done('termination', { minMs: 60 * SECOND_MS, maxMs: 60 * SECOND_MS });
    await api.lease(id);
    await api.terminate(id);
    api.pass(60 * SECOND_MS - 1);
    expect((await api.get(id)).status).toBe('leased');
    await done('termination', 'never');
    expect(await (await api.fetch('/simulator')).json()).toMatchObject({ termination: 'never', leases: 1 });
  });

  it('counts the calls of each route, numbers together', async () => {
    const { id } = await api.plain();
    await api.get(id);
    await api.get((await api.plain()).id);
    await api.get(encodeURIComponent(id));
    const calls = { 'GET /numbers/leases': 2, 'GET /numbers/{number}': 3 };
    expect(api.controls.calls()).toEqual(calls);
    expect(await (await api.fetch('/simulator/calls')).json()).toEqual(calls);
    expect(await (await api.fetch('/simulator')).json()).toMatchObject({ calls, leases: 0 });
  });

  it('comes back to how it was at the start', async () => {
    const { id } = await api.plain();
    await api.lease(id);
    api.controls.setEntitlement('whatsapp', true);
    api.controls.setTermination('never');
    await done('reset');
    expect(await (await api.fetch('/simulator/ledger')).json()).toEqual({ entries: [], open: [] });
    expect((await api.get(id)).status).toBe('available');
    expect(await api.controls.account()).toMatchObject({
      leases: 0,
      termination: { minMs: 10_000, maxMs: 10_000 },
      entitlements: { whatsapp: false },
    });
  });
});

it.each([
  ['termination', { minMs: 2, maxMs: 1 }],
  ['termination', 'soon'],
  ['key', {}],
  ['key', { key: 'contiguity_sk_x' }],
  ['numbers/+14155550100/lease-status', { status: 'gone' }],
  ['numbers/+14155550100/change', { reputation: 2 }],
])('refuses a wrong control of %s with one line', async (path, body) => {
  const response = await api.control(path, body);
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: string };
  expect(error).toMatch(/\w/);
  expect(error).not.toContain('\n');
});
