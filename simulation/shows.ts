import { createActivities } from '../activities/index.js';
import { KEYS_VARIABLE, newKey, readKeyring, type Keyring } from '../codec/keys.js';
import { workerEncryption } from '../worker/encryption.js';
import { WORKFLOW_BUNDLE } from '../worker/index.js';
import { createTextbookActivities, TEXTBOOK_BUNDLE } from '../bench/textbook/index.js';
import type { EventsTarget } from '../activities/post-event.js';
import type { Contiguity } from '../contiguity/index.js';
import type { SpendingLimits } from '../domain/spending.js';
import { GuardedLives } from './guarded-lives.js';
import type { Lives } from './lives.js';
import { noting, ProductLives } from './product-lives.js';
import { withShortHistories } from './short-histories.js';
import type { ActivitySet, Cast, Stage } from './stage.js';
import { TextbookLives } from './textbook-lives.js';

/** Workflows that a fleet can be made of. */
export interface Show {
  cast(): Cast;
  /** A new seed: lives without a past, and activities for each worker, on its own connection to the API. */
  begin(stage: Stage, setup: SeedSetup): { lives: Lives; activities: ActivitySet[] };
}

export interface SeedSetup {
  /** One for each worker, as `clocksMs`: how far its clock is ahead of the server's. */
  apis: Contiguity[];
  clocksMs: readonly number[];
  limits?: SpendingLimits | undefined;
  /** Where state changes and deliveries are told. */
  events?: EventsTarget | undefined;
}

const productShow: Show = {
  cast: () => ({}),
  begin: (stage, { apis, clocksMs, limits, events }) => {
    const seen: ConstructorParameters<typeof ProductLives>[2] = new Map();
    const client = stage.client(noting(seen));
    const { taskQueue } = stage;
    const now = () => stage.now();
    const { acquireWaitMs } = stage.tempo;
    const common = { temporal: client, taskQueue, limits, events, watchEveryMs: stage.tempo.watchEveryMs };
    const deps = { ...common, ...(acquireWaitMs !== undefined && { acquireWaitMs }) };
    const guarded = limits && new GuardedLives(client, taskQueue, limits, now);
    const activities = apis.map((api, nth) => {
      const ownNow = async () => (await stage.now()) + (clocksMs[nth] ?? 0);
      return createActivities({ ...deps, api, now: ownNow }) as unknown as ActivitySet;
    });
    return { lives: new ProductLives(client, taskQueue, seen, guarded), activities };
  },
};

/** The same with everything encrypted that is kept at Temporal. */
const encryptedShow: Show = { ...productShow, cast: () => workerEncryption(simulationKeys()) };

function withShortRuns(show: Show): Show {
  return {
    ...show,
    cast: () => {
      const { bundle = WORKFLOW_BUNDLE, ...others } = show.cast();
      return { ...others, bundle: withShortHistories(bundle) };
    },
  };
}

/** They protect nothing: what they encrypt is gone with its server. */
function simulationKeys(): Keyring {
  const read = readKeyring({ [KEYS_VARIABLE]: newKey('simulation') });
  if (!('keyring' in read) || !read.keyring) throw new Error('a key that was just made cannot be read');
  return read.keyring;
}

const textbookShow: Show = {
  cast: () => ({ bundle: TEXTBOOK_BUNDLE }),
  begin: (stage, { apis }) => {
    const activities = apis.map((api) => createTextbookActivities(api) as unknown as ActivitySet);
    return { lives: new TextbookLives(stage.client({}), stage.taskQueue), activities };
  },
};

export const SHOWS = {
  product: productShow,
  'product, short runs': withShortRuns(productShow),
  encrypted: encryptedShow,
  'encrypted, short runs': withShortRuns(encryptedShow),
  textbook: textbookShow,
};
export type ShowName = keyof typeof SHOWS;
