import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectToTemporal } from '../../client/connection.js';
import { readTemporalSettings } from '../../client/temporal-settings.js';
import { readGatewayConfig } from '../../gateway/config.js';
import { readConfig } from '../../worker/config.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { tempFolder } from '../support/temp-folder.js';

const NO_FILE = { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' };
let made: Certificates;
let others: Certificates;

beforeAll(async () => {
  [made, others] = await Promise.all([makeCertificates(), makeCertificates()]);
});

const read = (env: NodeJS.ProcessEnv) => readTemporalSettings({ ...NO_FILE, ...env });
const CERT = 'TEMPORAL_TLS_CLIENT_CERT_DATA';
const KEY = 'TEMPORAL_TLS_CLIENT_KEY_DATA';

describe('TLS', () => {
  it('is on with a pair, with an API key and with an authority, and off without any', () => {
    const { cert, key } = made.client;
    const pair = read({ [CERT]: cert, [KEY]: key });
    expect(pair).toMatchObject({
      settings: { connectionOptions: { tls: { clientCertPair: { crt: expect.anything() as unknown } } } },
    });
    expect(read({ TEMPORAL_API_KEY: 'k' })).toMatchObject({ settings: { connectionOptions: { tls: true } } });
    expect(read({ TEMPORAL_TLS_SERVER_CA_CERT_DATA: made.authority.cert })).toMatchObject({
      settings: { connectionOptions: { tls: { serverRootCACertificate: expect.anything() as unknown } } },
    });
    expect(read({ [CERT]: '', [KEY]: '', TEMPORAL_TLS: '' })).toMatchObject({ settings: {} });
  });

  it.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
    ['a certificate without its key', () => ({ [CERT]: made.client.cert }), /CLIENT_KEY_PATH.*is not set/],
    ['a key without its certificate', () => ({ [KEY]: made.client.key }), /CLIENT_CERT_PATH.*is not set/],
    [
      'a key of another certificate',
      () => ({ [CERT]: made.client.cert, [KEY]: others.client.key }),
      /do not belong together/,
    ],
    [
      'no certificate',
      () => ({ [CERT]: 'abc', [KEY]: made.client.key }),
      /CLIENT_CERT.* a certificate in PEM/,
    ],
    ['no key', () => ({ [CERT]: made.client.cert, [KEY]: 'abc' }), /CLIENT_KEY.* a private key in PEM/],
    ['no authority', () => ({ TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'abc' }), /SERVER_CA_CERT.* in PEM/],
    [
      'a file that is not there',
      () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' }),
      /SERVER_CA_CERT_PATH cannot be read: ENOENT.*\/nowhere\/ca\.pem/,
    ],
    [
      'certificates with TLS turned off',
      () => ({ TEMPORAL_TLS: 'false', [CERT]: made.client.cert, [KEY]: made.client.key }),
      /TLS is turned off/,
    ],
    [
      'an API key in clear',
      () => ({ TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'secret' }),
      /TEMPORAL_API_KEY would travel in clear/,
    ],
    ['neither on nor off', () => ({ TEMPORAL_TLS: 'perhaps' }), /TEMPORAL_TLS must be true or false/],
    ['a profile that is not there', () => ({ TEMPORAL_PROFILE: 'nope' }), /'nope' not found/],
  ])('is refused with %s', async (_, settings, words) => {
    const env = { ...NO_FILE, ...settings() };
    const answer = read(env);
    if (!('problem' in answer)) throw new Error('it was taken');
    expect(answer.problem).toMatch(words);
    expect(answer.problem).not.toMatch(/PRIVATE KEY|secret/);
    await expect(connectToTemporal({ env })).rejects.toMatchObject({ type: 'NotSetUp' });
    expect(() => readConfig({ ...env, CONTIGUITY_BASE_URL: 'x' })).toThrow(words);
    expect(() => readConfig({ ...env, CONTIGUITY_BASE_URL: 'x' })).toThrow(/CONTIGUITY_BASE_URL/);
    expect(() => readGatewayConfig(env, { auth: false })).toThrow(words);
  });

  it('in a profile of the file is looked at as well', () => {
    const file = join(tempFolder(), 'temporal.toml');
    const key = JSON.stringify(made.client.key);
    writeFileSync(
      file,
      `[profile.default]\naddress = "t:7233"\n[profile.default.tls]\nclient_key_data = ${key}`,
    );
    const answer = readTemporalSettings({ TEMPORAL_CONFIG_FILE: file });
    expect(answer).toMatchObject({ problem: expect.stringMatching(/CLIENT_CERT/) as string });
  });
});
