import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../client/cli/program.js';
import { newKey, readKeyring, type Keyring } from '../../codec/keys.js';
import { startCodecServer, type CodecServer, type CodecServerOptions } from '../../codec/server.js';

const UI = 'https://temporal.example.com';
const TOKEN = 'a-token-of-some-length';
const PLAIN = {
  payloads: [{ metadata: { encoding: b64('json/plain') }, data: b64('"Hello +12025550123"') }],
};

function b64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function ring(...entries: string[]): Keyring {
  const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS: entries.join(',') });
  if ('problem' in read || !read.keyring) throw new Error('no keyring');
  return read.keyring;
}

const open: CodecServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: Partial<CodecServerOptions> = {}): Promise<string> {
  const server = await startCodecServer({ keyring: ring(newKey('k1')), port: 0, origins: [UI], ...options });
  open.push(server);
  return server.url;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as typeof PLAIN };
}

describe('the codec server', () => {
  it('encodes and decodes payloads in the JSON of protobuf', async () => {
    const url = await serve();
    const { body: sealed } = await post(`${url}/encode`, PLAIN);
    expect(sealed.payloads[0]!.metadata).toEqual({
      encoding: b64('binary/encrypted'),
      'encryption-key-id': b64('k1'),
    });
    expect(JSON.stringify(sealed)).not.toContain(PLAIN.payloads[0]!.data);
    expect(await post(`${url}/decode`, sealed)).toMatchObject({ status: 200, body: PLAIN });
    expect((await post(`${url}/decode`, PLAIN)).body).toEqual(PLAIN);
    expect((await post(`${url}/decode`, { payloads: [] })).body).toEqual({ payloads: [] });
  });

  it('says what is wrong, and with which key something was encrypted', async () => {
    const [one, other] = [await serve(), await serve({ keyring: ring(newKey('k2')) })];
    const { body: sealed } = await post(`${one}/encode`, PLAIN);
    const closed = await post(`${other}/decode`, sealed);
    expect(closed).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('the key "k1"') as string },
    });
    for (const body of [
      '{',
      '1',
      {},
      { payloads: 1 },
      { payloads: [1] },
      { payloads: [{ metadata: { a: '%' } }] },
    ]) {
      expect(await post(`${one}/decode`, body)).toMatchObject({ status: 400 });
    }
    expect((await post(`${one}/decode`, 'x'.repeat(9_000_000))).status).toBe(413);
    expect((await post(`${one}/other`, PLAIN)).status).toBe(404);
    expect((await fetch(`${one}/decode`)).status).toBe(404);
    expect((await post(`${one}/decode`, PLAIN, { 'content-type': 'text/plain' })).status).toBe(400);
  });

  it('lets the pages of the UI ask, and no others', async () => {
    const url = await serve();
    const ask = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-namespace,authorization',
    };
    const preflight = (origin: string) =>
      fetch(`${url}/decode`, { method: 'OPTIONS', headers: { origin, ...ask } });
    const allowed = await preflight(UI);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(UI);
    expect(allowed.headers.get('access-control-allow-headers')).toMatch(/x-namespace,authorization/);
    expect(
      (await preflight('https://evil.example.com')).headers.get('access-control-allow-origin'),
    ).toBeNull();
    const answer = await post(`${url}/decode`, PLAIN, { origin: UI });
    expect(answer.headers.get('access-control-allow-origin')).toBe(UI);
    expect(await post(`${url}/decode`, PLAIN, { origin: 'https://evil.example.com' })).toMatchObject({
      status: 403,
    });
    expect(await post(`${url}/decode`, PLAIN, { origin: 'null' })).toMatchObject({ status: 403 });
  });

  it('asks for its token, also the pages that may ask', async () => {
    const url = await serve({ token: TOKEN });
    const bearer = (token: string) =>
      post(`${url}/decode`, PLAIN, { authorization: `Bearer ${token}`, origin: UI });
    expect((await bearer(TOKEN)).status).toBe(200);
    expect((await bearer(`${TOKEN}x`)).status).toBe(401);
    const refused = await post(`${url}/decode`, PLAIN, { origin: UI });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(UI); // so that the page can tell why
    expect(JSON.stringify(refused.body)).not.toContain(TOKEN);
  });

  it('without a token does not answer a page that has its own name lead here', async () => {
    const { port } = new URL(await serve());
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'evil.example.com', 'content-type': 'application/json' };
      const asked = httpRequest(
        { port, host: '127.0.0.1', path: '/decode', method: 'POST', headers },
        (answer) => resolve(answer.statusCode),
      );
      asked.on('error', reject);
      asked.end(JSON.stringify(PLAIN));
    });
    expect(status).toBe(403);
  });
});

describe('leasehold codec', () => {
  const run = async (env: NodeJS.ProcessEnv, ...args: string[]) => {
    let err = '';
    const io = { env, out: () => undefined, err: (text: string) => void (err += text), live: false };
    return { code: await runCommandLine(['codec', '--port', '0', ...args], io), err };
  };
  const keys = { LEASEHOLD_ENCRYPTION_KEYS: newKey('k1') };

  it('does not start where it would be of no use or open to all', async () => {
    expect(await run({})).toMatchObject({
      code: 2,
      err: expect.stringContaining('LEASEHOLD_ENCRYPTION_KEYS') as string,
    });
    const open = await run(keys, '--host', '0.0.0.0');
    expect(open).toMatchObject({
      code: 2,
      err: expect.stringContaining('LEASEHOLD_CODEC_TOKEN is not set') as string,
    });
    const short = await run({ ...keys, LEASEHOLD_CODEC_TOKEN: 'too-short' });
    expect(short).toMatchObject({ code: 2, err: expect.stringContaining('at least 16') as string });
    expect(short.err).not.toContain('too-short');
    expect((await run(keys, '--origin', 'temporal.example.com')).err).toMatch(/an origin must be such as/);
  });
});
