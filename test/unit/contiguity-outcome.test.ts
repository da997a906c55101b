/** The ladder: what each way of failing tells of whether the call acted. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { RequestListener } from 'node:http';
import { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange, NoReply } from '../../contiguity/exchange.js';
import { judgeSilence, parseRetryAfter } from '../../contiguity/outcome.js';
import { answering, client, failureOf, giving, stubApi, vendorError } from '../support/stub-api.js';

const NUMBER = '+14155550123';
const AMBIGUOUS = { outcome: 'ambiguous', facts: { neverSent: false } };
const REFUSED = { outcome: 'refused', facts: { neverSent: false } };

describe('an answer that is no success', () => {
  it.each([400, 401, 403, 404, 409, 422])('%i in the envelope is a refusal', async (status) => {
    const { api } = await stubApi(answering(status, vendorError(status, 'No')));
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject(REFUSED);
    expect(error.toFacts()).toEqual({
      call: `POST /numbers/lease/${NUMBER}`,
      status,
      message: 'No',
      byVendor: true,
      neverSent: false,
      requestId: 'err_1',
    });
  });

  it('is a refusal in the short form too', async () => {
    const { api } = await stubApi(answering(400, { message: 'Bad request', status: 400 }));
    const error = await failureOf(api.lease.terminate(NUMBER));
    expect(error).toMatchObject({ outcome: 'refused', facts: { message: 'Bad request', byVendor: false } });
  });

  it('proves nothing in the short form: a list that answers 404 so is unknown, not empty', async () => {
    const { api } = await stubApi(answering(404, { message: 'Not Found', status: 404 }));
    const facts = { status: 404, byVendor: false };
    expect(await failureOf(api.lease.leased())).toMatchObject({ facts });
    expect(await failureOf(api.lease.get(NUMBER))).toMatchObject({ facts });
    expect(await failureOf(api.text.history({ to: NUMBER, from: NUMBER }))).toMatchObject({ facts });
  });

  it.each([
    ['a page', '<html>Forbidden</html>'],
    ['nothing', ''],
    ['other JSON', { error: 'Forbidden' }],
    ['a list', []],
    ['an envelope without an error', { object: 'error', data: {} }],
    ['the short form of another status', { message: 'Forbidden', status: 400 }],
  ])('is nobody knows what where a 4xx carries %s', async (_what, body) => {
    const { api } = await stubApi(answering(403, body));
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({
      ...AMBIGUOUS,
      facts: { status: 403, message: 'HTTP 403', byVendor: false },
    });
  });

  it.each([408, 499, 500, 502, 503, 504, 599])('%i may have acted', async (status) => {
    const { api } = await stubApi(answering(status, vendorError(status, 'Oops')));
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject({ ...AMBIGUOUS, status });
  });

  it('may have acted where the envelope says so and the status does not', async () => {
    const { api } = await stubApi(answering(400, vendorError(503, 'Upstream failed')));
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject({ ...AMBIGUOUS, status: 400 });
  });

  it('may have acted where an error comes as a success', async () => {
    const { api } = await stubApi(answering(200, vendorError(400, 'No')));
    const facts = { byVendor: true, message: 'the answer is an error: No' };
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject({ ...AMBIGUOUS, facts });
  });

  it.each([301, 302, 307, 308])('%i is not followed', async (status) => {
    const { api, requests } = await stubApi(answering(status, '', { location: '/elsewhere' }));
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject({ ...AMBIGUOUS, status });
    expect(requests).toHaveLength(1);
  });

  it('carries the agreement to accept', async () => {
    const agreement_url = 'https://vendor.example/agreement';
    const { api } = await stubApi(answering(403, vendorError(403, 'Accept first', { agreement_url })));
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error.facts).toMatchObject({ status: 403, agreementUrl: agreement_url });
  });

  it('is one bounded line', async () => {
    const { api } = await stubApi(answering(400, vendorError(400, `first\nsecond\t${'x'.repeat(10_000)}`)));
    const { message } = (await failureOf(api.lease.create(NUMBER))).facts;
    expect(message).toMatch(/^first second x+$/);
    expect(message).toHaveLength(300);
  });
});

describe('429', () => {
  const TEN_MINUTES = 600_000;
  it.each([
    ['2', 2_000],
    ['0', 0],
    ['1.5', 1_500],
    ['36000', TEN_MINUTES],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', undefined],
  ])('with Retry-After "%s" asks for %s ms', async (header, retryAfterMs) => {
    const { api } = await stubApi(answering(429, '', { 'retry-after': header }));
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({ ...REFUSED, status: 429 });
    expect(error.facts.retryAfterMs).toBe(retryAfterMs);
  });

  it('understands a date to come, and caps it', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseRetryAfter(new Date(now + 90_000).toUTCString(), now)).toBe(90_000);
    expect(parseRetryAfter(new Date(now + 36_000_000).toUTCString(), now)).toBe(TEN_MINUTES);
    expect(parseRetryAfter('maybe in 2099', now)).toBeUndefined();
  });
});

describe('no answer', () => {
  const half: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"object":"resp', () => response.destroy());
  };
  it.each<[string, RequestListener]>([
    ['a reset', (request) => request.socket.destroy()],
    ['a reset after half of the body', half],
  ])('%s may have acted', async (_what, listener) => {
    const { api, requests } = await stubApi(listener);
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject(AMBIGUOUS);
    expect(requests, 'one call is one attempt').toHaveLength(1);
  });

  it.each<[string, RequestListener]>([
    ['no headers', () => undefined],
    ['a body that stops', (_request, response) => response.writeHead(200).write('{')],
  ])('within the limit (%s) may have acted', async (_what, listener) => {
    const { api } = await stubApi(listener, { callTimeoutMs: 100 });
    const from = performance.now();
    const error = await failureOf(api.lease.create(NUMBER));
    expect(performance.now() - from).toBeLessThan(1_500);
    expect(error).toMatchObject({ ...AMBIGUOUS, facts: { message: 'no answer within the time limit' } });
    expect(error.status).toBeUndefined();
  });

  it('has one limit for a body that drips for ever', async () => {
    const drip: RequestListener = (_request, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    };
    const { api } = await stubApi(drip, { callTimeoutMs: 150 });
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject(AMBIGUOUS);
  });

  it.each<[string, RequestListener]>([
    ['large', answering(200, 'x'.repeat(5_000))],
    ['endless', (_request, response) => flood(response)],
  ])('is read of a body that is %s', async (_what, listener) => {
    const { api } = await stubApi(listener, { maxBodyBytes: 1_000 });
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({
      ...AMBIGUOUS,
      facts: { message: 'the answer is larger than 1000 bytes' },
    });
  });

  it('was acted on where the connection is refused', async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    const error = await failureOf(client({ baseUrl }).lease.create(NUMBER));
    expect(error).toMatchObject({ outcome: 'refused', facts: { neverSent: true, byVendor: false } });
    expect(error.facts.message).toContain('ECONNREFUSED');
  });

  it('was acted on where the name is not found', async () => {
    const error = await failureOf(client({ baseUrl: 'http://vendor.invalid' }).lease.create(NUMBER));
    expect(error).toMatchObject({ outcome: 'refused', facts: { neverSent: true } });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['ended', (socket) => socket.destroy()],
    ['answered with something else', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['left without an answer', () => undefined],
  ])('was acted on where the TLS handshake is %s', async (_what, react) => {
    const port = await listening((socket) =>
      socket.on('error', () => undefined).once('data', () => react(socket)),
    );
    const api = client({ baseUrl: `https://127.0.0.1:${port}`, callTimeoutMs: 300 });
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({ outcome: 'refused', facts: { neverSent: true, byVendor: false } });
  });

  it('was acted on where no connection became free in time, and the call never starts later', async () => {
    const { url, requests } = await stubApi(() => undefined);
    const pool = new Pool(url, { connections: 1 });
    onTestFinished(() => pool.destroy());
    const call = (path: string, timeoutMs: number) =>
      exchange(pool, { method: 'POST', path }, { timeoutMs, maxBodyBytes: 1_000 });
    const [first, second] = [call('/first', 600), call('/second', 100)];
    await expect(second).rejects.toMatchObject({ name: 'NoReply', begun: false });
    await expect(first).rejects.toMatchObject({ name: 'NoReply', begun: true });
    await new Promise((resolve) => setTimeout(resolve, 200)); // the connection is free now
    expect(requests).toEqual(['POST /first']);
    const facts = { neverSent: true, byVendor: false, message: 'late' };
    expect(judgeSilence(new NoReply('late', false))).toEqual({ outcome: 'refused', facts });
  });

  it('comes from a client that is closed', async () => {
    const { api, requests } = await stubApi(giving({}));
    await api.close();
    const error = await failureOf(api.lease.create(NUMBER));
    expect(error).toMatchObject({ outcome: 'refused', facts: { neverSent: true } });
    expect(requests).toEqual([]);
  });

  it('is final on a kept connection that the other side resets: nothing is sent twice', async () => {
    const reply = giving({ numbers: [] });
    const { api, requests } = await stubApi((request, response) => {
      if (request.method === 'GET') reply(request, response);
      else request.socket.resetAndDestroy();
    });
    await api.lease.available();
    expect(await failureOf(api.lease.create(NUMBER))).toMatchObject(AMBIGUOUS);
    expect(requests).toHaveLength(2);
  });
});

/** A port whose connections go to `accept` until the end of the test. */
async function listening(accept: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    accept(socket);
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function flood(response: NodeJS.WritableStream): void {
  response.on('drain', () => flood(response));
  if (response.write('x'.repeat(1_000))) setImmediate(() => flood(response));
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
