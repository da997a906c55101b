/** Metadata of every payload that a worker of Leasehold writes for an activity. `temporal activity complete` sets none. */
export const ACTIVITY_MARK = 'leasehold';

/** Encoding of a payload that a codec with its key must decrypt. */
export const ENCRYPTED = 'binary/encrypted';
/** Encoding of one that was no payload of the key that it names, or was changed since: no worker can ever decrypt it. */
export const UNDECRYPTABLE = 'binary/undecryptable';
