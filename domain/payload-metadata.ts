/** Metadata of every payload that a worker of Leasehold writes for an activity. `temporal activity complete` sets none. */
export const ACTIVITY_MARK = 'leasehold';

/** Encoding of a payload that a codec with its key must decrypt. */
export const ENCRYPTED = 'binary/encrypted';
/** Encoding of one that was no payload of the key that it names, or was changed since: no worker can ever decrypt it. */
export const UNDECRYPTABLE = 'binary/undecryptable';
export const KEY_ID_FIELD = 'encryption-key-id';
/** An id stands readable beside what its key encrypted. Shorter than a key in base64, so that none passes for one. */
const KEY_ID = /^[A-Za-z0-9._-]{1,32}$/;

export function isKeyId(id: string): boolean {
  return KEY_ID.test(id);
}
