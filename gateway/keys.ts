import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `read` looks, `full` changes as well. */
export const SCOPES = ['read', 'full'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who may call. Only the key's hash is kept: a key has 256 random bits, so a plain SHA-256 gives nothing away. */
export interface Key {
  /** For logs and rate limits. */
  name: string;
  scope: Scope;
  /** SHA-256 of the key, 32 bytes. */
  hash: Buffer;
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const PREFIX = 'lhg_';
const KEY_BYTES = 32;

export const KEY_NAME_HINT = '1 to 64 letters, digits, ".", "_" and "-"';

export function isKeyName(name: string): boolean {
  return NAME.test(name);
}

/** A new key, which is nowhere kept, and its entry for `LEASEHOLD_GATEWAY_KEYS`. */
export function makeKey(name: string, scope: Scope): { key: string; entry: string } {
  const key = PREFIX + randomBytes(KEY_BYTES).toString('base64url');
  return { key, entry: `${name}:${scope}:${hashOf(key).toString('hex')}` };
}

/**
 * Entries `name:scope:sha256`, separated by commas or lines; a line that begins with `#` is a remark. A problem tells the
 * entry's place and never what stands there: somebody may have put the key itself.
 */
export function readKeys(text: string): { keys: Key[]; problems: string[] } {
  const keys: Key[] = [];
  const problems: string[] = [];
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  entries.forEach((entry, index) => {
    const key = keyOf(entry);
    if (typeof key === 'string') problems.push(`entry ${index + 1} ${key}`);
    else if (keys.some(({ name }) => name === key.name))
      problems.push(`entry ${index + 1} has the name of another one`);
    else keys.push(key);
  });
  return { keys, problems };
}

function keyOf(entry: string): Key | string {
  const [name = '', given = '', hash = '', ...more] = entry.split(':');
  const scope = SCOPES.find((known) => known === given);
  if (more.length > 0 || !/^[0-9a-f]{64}$/i.test(hash))
    return 'must be name:scope:hash with the SHA-256 of the key in 64 hexadecimal digits';
  if (!isKeyName(name)) return `must begin with a name of ${KEY_NAME_HINT}`;
  if (!scope) return `must have the scope ${SCOPES.join(' or ')}`;
  return { name, scope, hash: Buffer.from(hash, 'hex') };
}

/** Whose key it is. Every key is compared, each in constant time, so that time tells nothing about any. */
export function findKey(keys: readonly Key[], given: string): Key | undefined {
  const hash = hashOf(given);
  let found: Key | undefined;
  for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key;
  return found;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
