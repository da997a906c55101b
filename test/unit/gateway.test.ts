import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { describe, expect, it, test } from 'vitest';
import { LeaseholdError, toLeaseholdError } from '../../client/errors.js';
import { EncryptionCodec } from '../../codec/encryption-codec.js';
import { newKey, readKeyring } from '../../codec/keys.js';
import { FAILURES } from '../../domain/failures.js';
import { isLoopback, readGatewayConfig, type GatewayFlags } from '../../gateway/config.js';
import { createGateway } from '../../gateway/index.js';
import { findKey, makeKey, readKeys } from '../../gateway/keys.js';
import { toRefused } from '../../gateway/problems.js';
import { waitOf } from '../../gateway/waiting.js';
import { runCommand } from '../support/commands.js';
import { tempFolder } from '../support/temp-folder.js';

const ci = makeKey('ci', 'full');
const KEYS = { LEASEHOLD_GATEWAY_KEYS: ci.entry };

function run(args: string[], env: NodeJS.ProcessEnv = { TEMPORAL_ADDRESS: '127.0.0.1:9' }) {
  return runCommand(args, env);
}

describe('keys', () => {
  it('are known by their hash alone', () => {
    const other = makeKey('other', 'read');
    expect(ci.entry).not.toContain(ci.key);
    const { keys, problems } = readKeys(`# who may\n${ci.entry},\n ${other.entry}\n`);
    expect(problems).toEqual([]);
    expect(findKey(keys, ci.key)).toMatchObject({ name: 'ci', scope: 'full' });
    expect(findKey(keys, other.key)).toMatchObject({ name: 'other', scope: 'read' });
    for (const wrong of ['', `${ci.key} `, ci.key.toLowerCase(), ci.entry.split(':')[2] ?? '']) {
      expect(findKey(keys, wrong)).toBeUndefined();
    }
  });

  it.each<[string, string, RegExp]>([
    ['the key itself', `ci:full:${ci.key}`, /^entry 1 must be name:scope:hash/],
    ['no name', `:full:${'a'.repeat(64)}`, /begin with a name/],
    ['an unknown scope', `ci:write:${'a'.repeat(64)}`, /scope read or full/],
    ['a name twice', `${ci.entry},${ci.entry}`, /^entry 2 has the name/],
  ])('are refused with %s, which is not shown', (_, text, words) => {
    const { problems } = readKeys(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(words);
    expect(problems[0]).not.toContain(ci.key);
  });
});

describe('the configuration', () => {
  const read = (flags: GatewayFlags = {}, env: NodeJS.ProcessEnv = KEYS) => readGatewayConfig(env, flags);

  it('takes one secret of the vendor’s webhooks, or several', () => {
    expect(read().webhookSecrets).toBeUndefined();
    const env = { ...KEYS, LEASEHOLD_WEBHOOK_SECRETS: 'whsec_new, whsec_old' };
    expect(read({}, env).webhookSecrets).toEqual(['whsec_new', 'whsec_old']);
    const wrong = () => read({}, { ...KEYS, LEASEHOLD_WEBHOOK_SECRETS: 'whsec_new,short' });
    expect(wrong).toThrow(/^LEASEHOLD_WEBHOOK_SECRETS must be a secret of 8 characters/);
    expect(wrong).not.toThrow('short');
  });

  it('has defaults for all but the keys', () => {
    expect(read()).toMatchObject({
      host: '127.0.0.1',
      port: 7300,
      rate: 100,
      concurrency: 200,
      logLevel: 'info',
    });
    expect(read().keys).toHaveLength(1);
    expect(read({ auth: false, host: '::1' }, {}).keys).toBeUndefined();
  });

  it('takes keys from a file as well', async () => {
    const file = join(tempFolder(), 'keys');
    await writeFile(file, `# the team\n${makeKey('team', 'read').entry}\n`);
    const { keys } = read({}, { ...KEYS, LEASEHOLD_GATEWAY_KEYS_FILE: file });
    expect(keys?.map(({ name }) => name)).toEqual(['ci', 'team']);
    await writeFile(file, ci.entry);
    expect(() => read({}, { ...KEYS, LEASEHOLD_GATEWAY_KEYS_FILE: file })).toThrow(/both have the name ci/);
  });

  it('tells every problem at once', () => {
    const env = {
      LEASEHOLD_GATEWAY_KEYS: 'x',
      LEASEHOLD_GATEWAY_KEYS_FILE: '/nowhere',
      LEASEHOLD_LOG_LEVEL: 'loud',
    };
    const flags = { port: '70000', rate: '0', concurrency: 'many', host: 'two words' };
    const problems = [
      '--host must',
      '--port must',
      '--rate must',
      '--concurrency must',
      'LEASEHOLD_LOG_LEVEL must',
      'LEASEHOLD_GATEWAY_KEYS: entry 1 must',
      'LEASEHOLD_GATEWAY_KEYS_FILE names',
    ];
    for (const problem of problems) expect(() => read(flags, env)).toThrow(problem);
  });

  it('wants keys, or nobody else to reach it', () => {
    expect(() => read({}, {})).toThrow(/LEASEHOLD_GATEWAY_KEYS is not set/);
    expect(() => read({ auth: false, host: '0.0.0.0' }, {})).toThrow(/loopback/);
  });

  it('knows loopback addresses', () => {
    for (const host of ['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.test', 'localhost.evil.test', '']) {
      expect(isLoopback(host)).toBe(false);
    }
  });
});

describe('the command', () => {
  it('makes a key, and shows it once', async () => {
    const { code, out, err } = await run(['gateway', 'key', '--scope', 'read', '--name', 'ci', '--json']);
    expect(code).toBe(0);
    const { key, entry } = JSON.parse(out) as { key: string; entry: string };
    expect(findKey(readKeys(entry).keys, key)).toMatchObject({ name: 'ci', scope: 'read' });
    expect(err).not.toContain(key);
  });

  it.each<[string, string[], RegExp, NodeJS.ProcessEnv?]>([
    ['no scope', ['key', '--name', 'ci'], /required option '--scope/],
    ['a bad scope', ['key', '--name', 'ci', '--scope', 'all'], /Allowed choices are read, full/],
    ['a bad name', ['key', '--name', 'a:b', '--scope', 'full'], /must be 1 to 64/],
    ['no keys', [], /LEASEHOLD_GATEWAY_KEYS is not set/],
    ['two problems', ['--port', 'x', '--rate', '0'], /--port must.*; --rate must.*; LEASEHOLD_GATEWAY_KEYS/],
    ['no server', [], /no Temporal server answers at 127.0.0.1:9/, KEYS],
  ])('ends with 2 where there is %s', async (_, args, words, env = {}) => {
    const { code, out, err } = await run(['gateway', ...args], { TEMPORAL_ADDRESS: '127.0.0.1:9', ...env });
    expect(err).toMatch(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe('a wait', () => {
  const asked = (prefer?: string) => ({ headers: prefer === undefined ? {} : { prefer } });

  it('is that of the query, of the header, or the usual one', () => {
    expect(waitOf(asked(), undefined, 7)).toBe(7);
    expect(waitOf(asked('respond-async, wait=10'), undefined, 7)).toBe(10_000);
    expect(waitOf(asked('wait=10'), '2s', 7)).toBe(2_000);
    expect(waitOf(asked('wait=9999'), undefined, 7)).toBe(60_000);
    expect(waitOf(asked('await=9'), undefined, 7)).toBe(7);
    expect(waitOf(asked(), '0', 7)).toBe(0);
    for (const wrong of ['', '5', '2m', 'soon', ['1s', '2s']])
      expect(() => waitOf(asked(), wrong, 7)).toThrow();
  });
});

describe('problems', () => {
  it('tell each type apart, and nothing of the inside', () => {
    for (const type of FAILURES) {
      const { problem } = toRefused(new LeaseholdError(type, 'words', { field: 'f' }));
      expect(problem).toMatchObject({ type: `urn:leasehold:problem:${type}`, field: 'f' });
      expect(problem.status).toBeGreaterThanOrEqual(400);
    }
    const inside = new LeaseholdError('Unreachable', 'no Temporal server answers: 10.0.0.7:7233');
    expect(JSON.stringify(toRefused(inside).problem)).not.toContain('10.0.0.7');
    const fromServer = (code: number, details: string) =>
      toRefused(toLeaseholdError(Object.assign(new Error('x'), { code, details, metadata: {} }))).problem;
    expect(fromServer(8, 'namespace rate limit exceeded').status).toBe(429);
    expect(fromServer(9, 'no poller seen for task queue recently').status).toBe(503);
    expect(fromServer(9, 'Unable to query workflow due to Workflow Task in failed state.').status).toBe(503);
    expect(fromServer(9, 'something else').status).toBe(502);
    expect(toRefused(new TypeError('secret')).problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
    });
  });
});

test.each([
  ['hides what an error quotes with encryption on', newKey('k1'), false],
  ['tells it without', undefined, true],
])('the log %s', async (_, keys, tells) => {
  const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS: keys });
  const keyring = 'keyring' in read ? read.keyring : undefined;
  const dataConverter = keyring && { payloadCodecs: [new EncryptionCodec(keyring)] };
  const connection = Connection.lazy({ address: '127.0.0.1:9' });
  const client = new Client({ connection, ...(dataConverter && { dataConverter }) });
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const app = createGateway({ client, keys: undefined, rate: 10, concurrency: 10, log });
  app.get('/fails', () => {
    throw new Error('nobody may read: Parcel 17');
  });
  expect((await app.inject('/fails')).body).not.toContain('Parcel');
  expect(lines.join('')).toContain('request failed');
  expect(lines.join('').includes('Parcel')).toBe(tells);
  await app.close();
});
