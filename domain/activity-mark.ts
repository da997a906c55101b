/** Metadata of every payload that a worker of Leasehold writes for an activity. `temporal activity complete` sets none. */
export const ACTIVITY_MARK = 'leasehold';
