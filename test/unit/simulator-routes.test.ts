/** The edges of both sides: the vendor's routes, and the simulator's own. */
import { describe, expect, it } from 'vitest';
import { Simulated } from '../support/simulated.js';

describe("the vendor's routes", () => {
  it('are waited for by many at once, and Node warns of no leak', async () => {
    const warned: string[] = [];
    const note = ({ message }: Error) => warned.push(message);
    process.on('warning', note);
    const simulated = await Simulated.open({ latencyMs: 50 });
    const calls = Array.from({ length: 20 }, () => simulated.call('GET /numbers/leases'));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200));
    process.off('warning', note);
    expect(warned).toEqual([]);
  });

  it.each([
    'GET /',
    'GET /numbers',
    'PUT /numbers/leases',
    'GET /v2/numbers/leases',
    'GET /simulator/nothing',
  ])('do not include %s: that is answered without the envelope', async (route) => {
    const { status, body } = await (await Simulated.open()).call(route);
    expect({ status, body }).toEqual({ status: 404, body: { error: 'Not Found' } });
  });

  it.each([
    'GET /numbers/leases',
    'GET /numbers/leased',
    'GET /numbers/+14155550123',
    'POST /numbers/lease/+14155550123',
    'DELETE /numbers/leased/+14155550123',
    'POST /send/text',
    'GET /entitlements/',
  ])('ask for the key: %s', async (route) => {
    const { status, body } = await (await Simulated.open()).call(route, undefined, 'contiguity_sk_wrong');
    expect(status).toBe(401);
    expect(body).toMatchObject({ object: 'error', data: { error: 'Invalid API key', status: 401 } });
  });

  it.each([
    ['GET /numbers/4155550123', undefined, 'E.164'],
    ['GET /numbers/leased/+0123456789', undefined, 'E.164'],
    ['POST /numbers/lease/nothing', {}, 'E.164'],
    ['GET /conversations/history/text/nobody/+14155550123/20', undefined, 'to must be'],
    ['GET /conversations/history/text/+14155550123/nobody/20', undefined, 'from must be'],
    ['GET /conversations/history/text/+14155550123/+14155550124/0', undefined, '1 to 200'],
    ['GET /conversations/history/text/+14155550123/+14155550124/201', undefined, '1 to 200'],
    ['POST /send/text', { from: '+14155550123', message: 'Hi' }, 'to must be'],
    ['POST /send/text', { to: '+14155550123', message: 'Hi' }, 'from must be'],
    ['POST /send/text', { to: '+14155550123', from: '+14155550124' }, 'message is required'],
    ['POST /send/text', { to: '+14155550123', from: '+14155550124', attachments: ['a'] }, 'https links'],
    ['POST /send/text', '[1]', 'JSON object'],
    ['POST /send/text', '{"to":', 'not JSON'],
  ])('refuse bad input in the envelope: %s %j', async (route, body, why) => {
    const answer = await (await Simulated.open()).call(route, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      object: 'error',
      data: { error: expect.stringContaining(why) as string, status: 400 },
    });
  });

  it('refuse another billing method and a number that is taken', async () => {
    const simulated = await Simulated.open();
    const [number = ''] = await simulated.plain();
    const route = `POST /numbers/lease/${number}`;
    const yearly = await simulated.call(route, { billing_method: 'yearly' });
    expect(yearly.body.data['error']).toBe('billing_method must be monthly or service_contract');
    await simulated.call(route, {});
    const again = await simulated.call(route, {});
    expect(again.status).toBe(400);
    expect(again.body.data['error']).toBe(`Number ${number} is not available for lease`);
  });

  it('show a text in the history only after its lag', async () => {
    const simulated = await Simulated.open({ historyLagMs: 5_000 });
    const [from = ''] = await simulated.plain();
    await simulated.call(`POST /numbers/lease/${from}`, {});
    await simulated.call('POST /send/text', { from, to: '+12025550123', message: 'Hello' });
    const thread = `GET /conversations/history/text/+12025550123/${from}/20`;
    expect((await simulated.call(thread)).status).toBe(404);
    simulated.skip(5_000);
    expect((await simulated.call(thread)).status).toBe(200);
  });
});

describe('the control routes', () => {
  it('keep texts from a recipient, until it can be reached again', async () => {
    const simulated = await Simulated.open();
    const [from = ''] = await simulated.plain();
    await simulated.lease(from);
    const reach = (unreachable: boolean) =>
      simulated.call('POST /simulator/recipients/+12025550123/unreachable', { unreachable });
    const wayOf = async (id: string) => {
      simulated.skip(2_000);
      const text = `GET /conversations/history/message/${id}?tracking=true`;
      const { status, tracking } = await simulated.data<{ status: string; tracking: { event: string }[] }>(
        200,
        text,
      );
      return [status, tracking.at(-1)?.event];
    };
    await reach(true);
    expect(await wayOf(await simulated.send(from))).toEqual(['failed', 'text.delivery.failed']);
    const other = await simulated.send(from, 'Hello', '+12025550124');
    expect(await wayOf(other)).toEqual(['delivered', 'text.delivery.confirmed']);
    await reach(false);
    expect(await wayOf(await simulated.send(from))).toEqual(['delivered', 'text.delivery.confirmed']);
  });

  it('need no key and tell what happened', async () => {
    const simulated = await Simulated.open();
    const [number = ''] = await simulated.plain();
    const { body } = await simulated.call(`POST /simulator/numbers/${number}/lease-by-hand`);
    expect(body).toEqual({ done: true, result: expect.stringMatching(/^lsd_/) as string });
    const { url } = simulated.simulator;
    const ledger = (await (await fetch(`${url}/simulator/ledger`)).json()) as { open: unknown[] };
    expect(ledger.open).toMatchObject([{ number, by: 'hand' }]);
    expect(await (await fetch(`${url}/simulator/calls`)).json()).toEqual({ 'GET /numbers/leases': 1 });
  });

  it('replace the key: the old one is refused from then on, another replaces it again', async () => {
    const simulated = await Simulated.open();
    const status = async (key?: string) =>
      (await simulated.call('GET /numbers/leases', undefined, key)).status;
    await simulated.call('POST /simulator/key', { apiKey: 'contiguity_sk_next' });
    expect(await status()).toBe(401);
    expect(await status('contiguity_sk_next')).toBe(200);
    await simulated.call('POST /simulator/key', { apiKey: simulated.simulator.apiKey });
    expect(await status()).toBe(200);
    expect(await status('contiguity_sk_next')).toBe(401);
  });

  it.each([
    ['key', undefined, 'apiKey'],
    ['key', { apiKey: '' }, 'apiKey'],
    ['key', { key: 'k' }, 'apiKey'],
    ['key', 'no JSON', 'JSON'],
    ['termination', 'null', 'never'],
    ['termination', { minMs: 5, maxMs: 1 }, 'maxMs'],
    ['termination', { minMs: -1, maxMs: 1 }, 'minMs'],
    ['termination', { minMs: 1, maxMs: 1, more: 1 }, 'more'],
    ['entitlements/lease', { granted: 'yes' }, 'granted'],
    ['entitlements/nothing', { granted: true }, 'nothing'],
    ['numbers/+14155550123/lease-status', { status: '' }, 'status'],
    ['numbers/+14155550123/lease-status', { status: 'paused' }, '+14155550123'],
    ['numbers/+14155550123/lease-by-hand', undefined, '+14155550123'],
    ['numbers/+14155550123/release-by-hand', undefined, '+14155550123'],
    ['numbers/+14155550123/lease-by-other', undefined, '+14155550123'],
    ['numbers/+14155550123/release-by-other', undefined, '+14155550123'],
  ])('refuse bad input with one line: %s %j', async (path, body, names) => {
    const simulated = await Simulated.open();
    const before = await simulated.call('GET /simulator/ledger');
    const answer = await simulated.call(`POST /simulator/${path}`, body);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body).toEqual({ error: expect.stringContaining(names) as string });
    expect(answer.body.error).not.toContain('\n');
    expect((await simulated.call('GET /simulator/ledger')).body).toEqual(before.body);
  });
});
