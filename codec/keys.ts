import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isKeyId } from '../domain/payload-metadata.js';

/** AES-256. */
const KEY_BYTES = 32;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

export const KEYS_VARIABLE = 'LEASEHOLD_ENCRYPTION_KEYS';
export const KEYS_FILE_VARIABLE = 'LEASEHOLD_ENCRYPTION_KEYS_FILE';

/** The keys of a deployment, by id. The current one encrypts; all of them decrypt. */
export interface Keyring {
  current: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/** `problem` names the variable and never quotes a key. */
export type KeyringRead = { keyring: Keyring | undefined } | { problem: string };

/**
 * Reads `LEASEHOLD_ENCRYPTION_KEYS`, or the file that `LEASEHOLD_ENCRYPTION_KEYS_FILE` names: `id:key` entries, parted
 * by commas or line breaks, a key being the base64 of 32 bytes. Neither set: no keyring, and nothing is encrypted.
 */
export function readKeyring(env: NodeJS.ProcessEnv): KeyringRead {
  const { [KEYS_VARIABLE]: inline, [KEYS_FILE_VARIABLE]: file } = env;
  if (inline && file) return { problem: `${KEYS_VARIABLE} and ${KEYS_FILE_VARIABLE} are both set: give one` };
  if (inline) return parseKeys(KEYS_VARIABLE, inline);
  if (!file) return { keyring: undefined };
  try {
    return parseKeys(KEYS_FILE_VARIABLE, readFileSync(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: `${KEYS_FILE_VARIABLE} names a file that cannot be read (${code})` };
  }
}

/** A new key as the settings take it: `2026-11:9f…=`. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

export const KEY_ID_HINT = '1 to 32 letters, digits, dots, hyphens and underscores';

function parseKeys(variable: string, text: string): KeyringRead {
  const entries = text
    .split(/[,\r\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of entries.entries()) {
    const at = entry.indexOf(':');
    const [id, key] = [entry.slice(0, Math.max(at, 0)), entry.slice(at + 1)];
    const which = `${variable}: entry ${index + 1}`;
    if (!isKeyId(id)) return { problem: `${which} must be id:key, its id ${KEY_ID_HINT}` };
    if (!BASE64.test(key)) {
      return {
        problem: `${which} ("${id}") must hold 32 bytes in base64; \`leasehold codec key\` makes some`,
      };
    }
    if (keys.has(id)) return { problem: `${which} has the id "${id}" of an earlier entry` };
    keys.set(id, createSecretKey(Buffer.from(key, 'base64')));
  }
  const [current] = keys.keys();
  return current === undefined ? { problem: `${variable} holds no key` } : { keyring: { current, keys } };
}
