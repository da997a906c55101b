import type { Client } from '@temporalio/client';
import type { Contiguity } from '../contiguity/index.js';
import type { AccountWitness } from './account.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import type { SpendingLimits } from '../domain/spending.js';
import type { Now } from './clock.js';
import type { Inventory } from './inventory.js';
import type { LeasedSnapshots } from './leased-snapshot.js';
import type { EventsTarget } from './post-event.js';
import type { ReleaseWatch } from './release-watch.js';
import type { ReleaseTimes } from './release-times.js';

/** What activities work with; one set a worker process. */
export interface ActivityDeps {
  api: Contiguity;
  temporal: Client;
  taskQueue: string;
  /** Epoch milliseconds; the time of the Temporal server, which a test may skip. Default: this machine's. */
  now?: Now;
  /** How long one ask for a number waits for the number's run, in milliseconds; default 5 seconds. */
  acquireWaitMs?: number;
  /** How often the worker looks for the releases that runs wait for, in milliseconds; default: each run looks for itself. */
  watchEveryMs?: number;
  /** On everything that is held and spent; default: none, and then nobody is asked. */
  limits?: SpendingLimits | undefined;
  /** Where state changes and deliveries are told; default: nowhere. */
  events?: EventsTarget | undefined;
}

/** The same with what the activities of one worker share among themselves. */
export interface Shared extends ActivityDeps {
  now: Now;
  inventory: Inventory;
  snapshots: LeasedSnapshots;
  witness: AccountWitness;
  releaseTimes: ReleaseTimes;
  releaseWatch: ReleaseWatch;
}

/** What a number's run is told of the worker that starts it. */
export function workersOwn({
  api,
  limits,
  events,
}: Shared): Pick<ManageLeaseInput, 'account' | 'budgeted' | 'announces'> {
  return {
    account: api.account,
    ...(limits && { budgeted: true }),
    ...(events && { announces: true }),
  };
}
