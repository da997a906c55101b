/** What a person may do to the simulated world, in process and over HTTP. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Simulated } from '../support/simulated.js';

const RECIPIENT = '+12025550123';

let api: Simulated;

beforeEach(async () => {
  api = await Simulated.open();
});

async function done(path: string, body?: unknown): Promise<void> {
  expect((await api.call(`POST /simulator/${path}`, body)).body).toMatchObject({ done: true });
}

describe('leases of others', () => {
  it('shows a lease that somebody made by hand as the account’s own', async () => {
    const [id = ''] = await api.plain();
    await done(`numbers/${id}/lease-by-hand`);
    expect(await api.get(id)).toMatchObject({ status: 'leased', lease_status: 'active' });
    await api.send(id);
    await done(`numbers/${id}/release-by-hand`);
    expect((await api.get(id)).status).toBe('available');
    const { entries } = await api.simulator.controls.ledger();
    expect(entries.flatMap((entry) => ('by' in entry ? [[entry.kind, entry.by]] : []))).toEqual([
      ['leased', 'hand'],
      ['released', 'hand'],
    ]);
  });

  it('shows a lease of another account as leased, and whose it is to nobody', async () => {
    const [id = ''] = await api.plain();
    await done(`numbers/${encodeURIComponent(id)}/lease-by-other`);
    const taken = await api.get(id);
    expect(taken.status).toBe('leased');
    expect(taken).not.toHaveProperty('lease_id');
    expect(await api.plain()).not.toContain(id);
    await api.data(404, `GET /numbers/leased/${id}`);
    await api.data(404, 'GET /numbers/leased');
    await api.data(404, `DELETE /numbers/leased/${id}`);
    await api.data(400, `POST /numbers/lease/${id}`);
    expect((await api.simulator.controls.ledger()).open).toEqual([]);
    await done(`numbers/${id}/release-by-other`);
    await api.lease(id);
    expect((await api.call(`POST /simulator/numbers/${id}/release-by-other`)).status).toBe(400);
  });
});

describe('what the vendor may do', () => {
  it('pauses a lease: it shows, and nothing is sent from it', async () => {
    const [id = ''] = await api.plain();
    await api.lease(id);
    await done(`numbers/${id}/lease-status`, { status: 'paused' });
    expect(await api.get(id)).toMatchObject({ status: 'leased', lease_status: 'paused' });
    await api.data(400, 'POST /send/text', { from: id, to: RECIPIENT, message: 'Hello' });
    await done(`numbers/${id}/lease-status`, { status: 'active' });
    await api.send(id);
  });

  it('ends a lease by itself: the number is free, and shows the old lease until the next one', async () => {
    const [id = ''] = await api.plain();
    const leaseId = await api.lease(id);
    await done(`numbers/${id}/expire`);
    expect(await api.get(id)).toMatchObject({
      status: 'available',
      lease_id: leaseId,
      lease_status: 'expired',
    });
    await api.data(404, 'GET /numbers/leased');
    await api.data(404, `DELETE /numbers/leased/${id}`);
    await api.data(400, 'POST /send/text', { from: id, to: RECIPIENT, message: 'Hello' });
    const { entries, open } = await api.simulator.controls.ledger();
    expect(entries.at(-1)).toMatchObject({ kind: 'released', by: 'vendor', leaseId });
    expect(open).toEqual([]);
    const next = await api.lease(id);
    expect(await api.get(id)).toMatchObject({ lease_id: next, lease_status: 'active' });
  });

  it('changes a number’s status, reputation and price', async () => {
    const [id = ''] = await api.plain();
    const pricing = { currency: 'EUR', upfront_fee: 0.5, monthly_rate: 7 };
    await done(`numbers/${id}/change`, { status: 'unavailable', reputation: 0.31, pricing });
    expect(await api.get(id)).toMatchObject({ status: 'unavailable', health: { reputation: 0.31 }, pricing });
    await api.data(400, `POST /numbers/lease/${id}`);
  });

  it('leases one number once, whatever its status is set to', async () => {
    const [id = ''] = await api.plain();
    await api.lease(id);
    api.simulator.controls.setNumberStatus(id, 'available');
    await api.data(400, `POST /numbers/lease/${id}`);
  });
});

describe('the account', () => {
  it('replaces the key: the old one opens nothing any more', async () => {
    await done('key', { apiKey: 'contiguity_sk_next' });
    await api.data(401, 'GET /numbers/leases');
    expect((await api.call('GET /numbers/leases', undefined, 'contiguity_sk_next')).status).toBe(200);
  });

  it('grants and revokes entitlements, and knows no others', async () => {
    const [id = ''] = await api.plain();
    await done('entitlements/lease', { granted: false });
    const refused = await api.data(403, `POST /numbers/lease/${id}`);
    expect(refused['agreement_url']).toMatch(/^https:\/\/.+\/lease$/);
    await done('entitlements/lease', { granted: true });
    await api.lease(id);
    expect((await api.call('POST /simulator/entitlements/leese', { granted: true })).status).toBe(404);
  });

  it('changes how long terminations take', async () => {
    const [id = ''] = await api.plain();
    await done('termination', { minMs: 60_000, maxMs: 60_000 });
    await api.lease(id);
    await api.terminate(id);
    api.skip(60_000 - 1);
    expect((await api.get(id)).status).toBe('leased');
    await done('termination', '"never"');
    expect((await api.call('GET /simulator')).body).toMatchObject({ termination: 'never', leases: 1 });
  });

  it('counts the calls of each route, numbers together', async () => {
    const [id = ''] = await api.plain();
    await api.get(id);
    await api.get((await api.plain())[0]!);
    await api.get(encodeURIComponent(id));
    const calls = { 'GET /numbers/leases': 2, 'GET /numbers/{number}': 3 };
    expect(api.simulator.controls.calls()).toEqual(calls);
    expect((await api.call('GET /simulator/calls')).body).toEqual(calls);
    expect((await api.call('GET /simulator')).body).toMatchObject({ calls, leases: 0 });
  });

  it('comes back to how it was at the start', async () => {
    const [id = ''] = await api.plain();
    await api.lease(id);
    api.simulator.controls.setEntitlement('whatsapp', true);
    api.simulator.controls.setTermination('never');
    await done('reset');
    expect((await api.call('GET /simulator/ledger')).body).toEqual({ entries: [], open: [] });
    expect((await api.get(id)).status).toBe('available');
    expect(await api.simulator.controls.account()).toMatchObject({
      leases: 0,
      termination: { minMs: 10_000, maxMs: 20_000 },
      entitlements: { whatsapp: false },
    });
  });
});
