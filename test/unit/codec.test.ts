import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { EncryptionCodec } from '../../codec/encryption-codec.js';
import { newKey, readKeyring, type Keyring } from '../../codec/keys.js';
import { LeaseholdError, Leasehold } from '../../client/index.js';
import { toLeaseholdError } from '../../client/errors.js';
import { runCommandLine } from '../../client/cli/program.js';
import { ConfigError, readConfig } from '../../worker/config.js';
import { tempFolder } from '../support/temp-folder.js';

const TEXT = 'Hello +12025550123';
const [OLD, NEW] = [newKey('old'), newKey('new')];

function ring(...entries: string[]): Keyring {
  const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS: entries.join(',') });
  if ('problem' in read || !read.keyring) throw new Error('no keyring');
  return read.keyring;
}

const codecOf = (...entries: string[]) => new EncryptionCodec(ring(...entries));
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (one: Payload | undefined) => defaultPayloadConverter.fromPayload<unknown>(one!);
const text = (bytes?: Uint8Array | null) => Buffer.from(bytes ?? []).toString('latin1');

describe('the codec', () => {
  it('gives back what it was given, whole', async () => {
    const codec = codecOf(NEW);
    const given = [TEXT, { to: ['ü', null, 1] }, undefined, new Uint8Array([0, 255])].map(payload);
    const sealed = await codec.encode(given);
    for (const { metadata, data } of sealed) {
      expect(Object.keys(metadata!)).toEqual(['encoding', 'encryption-key-id']);
      expect(text(metadata!['encoding'])).toBe('binary/encrypted');
      expect(text(metadata!['encryption-key-id'])).toBe('new');
      expect(text(data)).not.toContain('12025550123');
    }
    const opened = await codec.decode(sealed);
    expect(opened.map(valueOf)).toEqual(given.map(valueOf));
    const large = 'x'.repeat(2_000_000);
    expect(valueOf((await codec.decode(await codec.encode([payload(large)])))[0]) === large).toBe(true);
    const foreign = {
      metadata: { encoding: Buffer.from('json/plain'), mine: Buffer.from('x') },
      data: Buffer.from('1'),
    };
    const [back] = await codec.decode(await codec.encode([foreign]));
    expect(text(back!.metadata!['mine'])).toBe('x');
    expect(await codec.encode([])).toEqual([]);
  });

  it('never writes the same twice', async () => {
    const sealed = await codecOf(NEW).encode(Array.from({ length: 100 }, () => payload(TEXT)));
    expect(new Set(sealed.map(({ data }) => text(data).slice(0, 12))).size).toBe(100);
    expect(new Set(sealed.map(({ data }) => text(data).slice(12, 40))).size).toBe(100);
  });

  it('reads what older keys wrote, and what nobody encrypted', async () => {
    const [before] = await codecOf(OLD).encode([payload('before')]);
    const rotated = codecOf(NEW, OLD);
    const [after] = await rotated.encode([payload('after')]);
    const read = await rotated.decode([before!, after!, payload('plain')]);
    expect(read.map(valueOf)).toEqual(['before', 'after', 'plain']);
    expect((await codecOf(OLD, NEW).decode([after!])).map(valueOf)).toEqual(['after']);
  });

  it('says which key it lacks', async () => {
    const [sealed] = await codecOf(OLD).encode([payload(TEXT)]);
    const failing = codecOf(NEW).decode([sealed!]);
    await expect(failing).rejects.toMatchObject({ name: 'EncryptionError', type: 'UnknownKey' });
    await expect(failing).rejects.toThrow(/with the key "old", and only these are known here: new$/);
  });

  it.each([
    ['its first byte', (sealed: Buffer) => (sealed[0]! ^= 1)],
    ['a byte of the text', (sealed: Buffer) => (sealed[20]! ^= 1)],
    ['its tag', (sealed: Buffer) => (sealed[sealed.length - 1]! ^= 128)],
  ])('does not open what was changed: %s', async (_, change) => {
    const codec = codecOf(NEW);
    const [sealed] = await codec.encode([payload(TEXT)]);
    const data = Buffer.from(sealed!.data!);
    change(data);
    await expect(codec.decode([{ ...sealed, data }])).rejects.toMatchObject({ type: 'NotDecryptable' });
    for (const length of [0, 5, 20, 27, data.length - 1]) {
      const cut = { ...sealed, data: Buffer.from(sealed!.data!).subarray(0, length) };
      await expect(codec.decode([cut])).rejects.toMatchObject({ type: 'NotDecryptable' });
    }
  });

  it("does not open what claims another key, though it has the same key's bytes", async () => {
    const renamed = OLD.replace('old:', 'other:');
    const [sealed] = await codecOf(OLD).encode([payload(TEXT)]);
    const metadata = { ...sealed!.metadata, 'encryption-key-id': Buffer.from('other') };
    await expect(codecOf(renamed).decode([{ ...sealed, metadata }])).rejects.toMatchObject({
      type: 'NotDecryptable',
    });
  });

  it('does not show its keys', () => {
    const shown =
      inspect(codecOf(NEW, OLD), { depth: 10, showHidden: true }) + JSON.stringify(codecOf(NEW, OLD));
    for (const entry of [NEW, OLD]) expect(shown).not.toContain(entry.split(':')[1]!);
  });
});

describe('the settings', () => {
  const secret = NEW.split(':')[1]!;
  const wrong: [string, NodeJS.ProcessEnv, RegExp][] = [
    ['no id', { LEASEHOLD_ENCRYPTION_KEYS: secret }, /^LEASEHOLD_ENCRYPTION_KEYS: entry 1 must be id:key/],
    ['the key first', { LEASEHOLD_ENCRYPTION_KEYS: `${secret}:a` }, /entry 1 must be id:key/],
    [
      'too short',
      { LEASEHOLD_ENCRYPTION_KEYS: `${OLD},a:${secret.slice(4)}` },
      /entry 2 \("a"\) must hold 32 bytes/,
    ],
    ['not base64', { LEASEHOLD_ENCRYPTION_KEYS: `a:${'!'.repeat(44)}` }, /`leasehold codec key` makes some/],
    [
      'twice',
      { LEASEHOLD_ENCRYPTION_KEYS: `${NEW}\n${NEW}` },
      /entry 2 has the id "new" of an earlier entry/,
    ],
    ['nothing in it', { LEASEHOLD_ENCRYPTION_KEYS: ' , ' }, /holds no key/],
    [
      'no such file',
      { LEASEHOLD_ENCRYPTION_KEYS_FILE: '/nowhere' },
      /^LEASEHOLD_ENCRYPTION_KEYS_FILE names .*ENOENT/,
    ],
    ['both', { LEASEHOLD_ENCRYPTION_KEYS: NEW, LEASEHOLD_ENCRYPTION_KEYS_FILE: '/nowhere' }, /are both set/],
  ];

  it.each(wrong)('are refused without being shown: %s', async (_, env, message) => {
    const read = () => readConfig({ CONTIGUITY_API_KEY: 'contiguity_sk_secret', ...env });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
    const connecting = Leasehold.connect({ address: '127.0.0.1:1', env });
    await expect(connecting).rejects.toThrow(LeaseholdError);
    await expect(connecting).rejects.toMatchObject({
      type: 'NotSetUp',
      message: expect.stringMatching(message) as string,
    });
    await expect(connecting).rejects.not.toThrow(secret.slice(4));
    const said: string[] = [];
    const io = {
      env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      out: () => undefined,
      err: (it: string) => void said.push(it),
      live: false,
    };
    for (const command of [['codec', '--port', '0'], ['list']])
      expect(await runCommandLine(command, io)).toBe(2);
    expect(said.join('')).not.toContain(secret.slice(4));
  });

  it('come from a file too, and no setting means no encryption', () => {
    const file = join(tempFolder(), 'keys');
    writeFileSync(file, `${NEW}\r\n\n${OLD}\n`);
    const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS_FILE: file, LEASEHOLD_ENCRYPTION_KEYS: '' });
    expect('keyring' in read && [read.keyring?.current, read.keyring?.keys.size]).toEqual(['new', 2]);
    expect(readKeyring({})).toEqual({ keyring: undefined });
    expect(readConfig({ CONTIGUITY_API_KEY: 'contiguity_sk_secret' })).not.toHaveProperty('keyring');
  });

  it('take the keys that `codec key` makes', async () => {
    const made = async (...args: string[]) => {
      let out = '';
      const io = { env: {}, out: (it: string) => void (out += it), err: () => undefined, live: false };
      return { code: await runCommandLine(['codec', 'key', ...args], io), out: out.trim() };
    };
    const [one, other] = [await made(), await made('k2')];
    expect([...ring(one.out, other.out).keys.keys()]).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      'k2',
    ]);
    expect((await made('k2')).out).not.toBe(other.out);
    expect(await made('not good')).toEqual({ code: 2, out: '' });
  });
});

it('a client without the key says so', () => {
  const closed = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('') };
  const reading = () => valueOf(closed);
  expect(reading).toThrow();
  try {
    reading();
  } catch (error) {
    expect(toLeaseholdError(error)).toMatchObject({
      type: 'NotSetUp',
      message: expect.stringContaining('no key is set') as string,
    });
  }
});
