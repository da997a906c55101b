import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { ENCRYPTED, isKeyId, KEY_ID_FIELD, UNDECRYPTABLE } from '../domain/payload-metadata.js';
import type { Keyring } from './keys.js';

const PayloadMessage = proto.temporal.api.common.v1.Payload;

const CIPHER = 'aes-256-gcm';
/** What GCM is made for. Drawn anew for each payload, so a key is good for 2^32 payloads (NIST SP 800-38D, 8.3). */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Of the id of a key that is not ours, which may be anything. */
const SHOWN_OF_AN_ID = 64;

/** Why a payload cannot be decrypted. */
export type EncryptionErrorType = 'UnknownKey' | 'NotDecryptable';

/** A payload that stays closed. The message names the key's id and nothing of what is inside. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';

  constructor(
    readonly type: EncryptionErrorType,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Encrypts whole payloads, their metadata included, before they leave for Temporal. An encrypted one has the metadata
 * `encoding: binary/encrypted` and `encryption-key-id`; its data are 12 bytes of IV, the protobuf of the payload under
 * AES-256-GCM, and 16 bytes of tag. The key's id is authenticated with it.
 */
export class EncryptionCodec implements PayloadCodec {
  constructor(private readonly keyring: Keyring) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return promised(() => payloads.map((payload) => this.encrypt(payload)));
  }

  /** What is not encrypted passes as it is: runs from before encryption was turned on go on. */
  decode(payloads: Payload[]): Promise<Payload[]> {
    return promised(() =>
      payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload)),
    );
  }

  private encrypt(payload: Payload): Payload {
    const { current, keys } = this.keyring;
    const key = keys.get(current);
    if (!key) throw new EncryptionError('UnknownKey', `the keyring has no key "${current}"`);
    const iv = randomBytes(IV_BYTES);
    const keyId = Buffer.from(current);
    const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(keyId);
    const plain = PayloadMessage.encode(payload).finish();
    return {
      metadata: { encoding: Buffer.from(ENCRYPTED), [KEY_ID_FIELD]: keyId },
      data: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    };
  }

  private decrypt({ metadata, data }: Payload): Payload {
    const keyId = Buffer.from(metadata?.[KEY_ID_FIELD] ?? []);
    const id = keyId.toString().slice(0, SHOWN_OF_AN_ID);
    if (!isKeyId(id)) throw new EncryptionError('NotDecryptable', 'this names no key of a keyring');
    const key = this.keyring.keys.get(id);
    if (!key) {
      const known = [...this.keyring.keys.keys()].join(', ');
      const text = `this was encrypted with the key "${id}", and only these are known here: ${known}`;
      throw new EncryptionError('UnknownKey', text);
    }
    const sealed = Buffer.from(data ?? []);
    try {
      const iv = sealed.subarray(0, IV_BYTES);
      const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
        .setAAD(keyId)
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = [decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
      return PayloadMessage.decode(Buffer.concat(plain));
    } catch {
      throw new EncryptionError(
        'NotDecryptable',
        `this was not encrypted with the key "${id}" as it is here, or was changed since`,
      );
    }
  }
}

/**
 * For workers: what cannot be decrypted with a key that is here is marked as such, and the workflow leaves it out. Thrown, it
 * would fail the workflow task each time. A key that is missing here is still an error: another worker may have it.
 */
export class TolerantEncryptionCodec extends EncryptionCodec {
  override decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.decodeOne(payload)));
  }

  private async decodeOne(payload: Payload): Promise<Payload> {
    try {
      return (await super.decode([payload]))[0] ?? payload;
    } catch (error) {
      if (error instanceof EncryptionError && error.type === 'NotDecryptable') return undecryptable(payload);
      throw error;
    }
  }
}

function undecryptable({ metadata, data }: Payload): Payload {
  return { metadata: { ...metadata, encoding: Buffer.from(UNDECRYPTABLE) }, ...(data && { data }) };
}

/** What it throws rejects. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function isEncrypted({ metadata }: Payload): boolean {
  const encoding = metadata?.['encoding'];
  return encoding !== undefined && Buffer.from(encoding).toString() === ENCRYPTED;
}
