/**
 * What the promise rests on, and what it must hold against: each assumption with its bound. A seed draws for each one whether
 * it is stretched, and how far up to its bound. docs/reliability.md quotes this table.
 */
import { draw } from '../simulator/draw.js';

export const ASSUMPTIONS = {
  'slow answers': 'every route answers within the request time limit, which is 0.3 to 10 seconds here',
  'worker clocks': "each worker's clock is up to 10 seconds off the Temporal server's",
  'vendor clock': "the vendor's clock is up to 10 minutes off",
  'lease times': 'lease starts are written in ms, s, min or days; as number, ISO, string, or not at all',
  'envelope times': 'the same for the time in the envelope',
  'history times': 'the same for the times of texts',
  'webhook times': 'the same for the times of webhooks',
  'phone forms': 'histories and webhooks write phone numbers without a plus, or formatted',
  'not active at first': 'a new lease shows `pending` or an unknown status for up to 12 minutes',
  'other statuses': 'a lease shows `paused` or an unknown status for up to an hour',
  'doubled rows': 'lists have up to half of their rows twice',
  'unreadable rows': 'up to a third of the rows of lists can never be read',
  'unreadable lists':
    'the list of leased numbers cannot be read for up to two hours, and most reads of a number answer 404',
  'renewed lease ids': 'the vendor goes on with a lease under a new id',
  webhooks: 'webhooks come before the answer, up to 5 minutes late, or twice; STOP and START among them',
  events: 'changes are told to a service that is slow, away or refuses',
  encryption: 'everything that is kept at Temporal is encrypted',
  'no workers': 'no worker takes an activity for up to 8 hours',
  'all at once': 'a cancel comes in one workflow task with updates and signals',
  'terminated runs': "a person terminates a number's run; reconcile follows within two hours",
  'junk signals': 'runs get signals that cannot be read',
  'unpaid account': 'leases and texts are answered 402 for up to an hour',
  'reset runs': "a number's run and its provision are reset to any of their workflow tasks",
  'short runs': 'a run goes on in a new one after 50 events instead of 4,000',
} as const;

export type Assumption = keyof typeof ASSUMPTIONS;
export const ALL_ASSUMPTIONS = Object.keys(ASSUMPTIONS) as Assumption[];

/**
 * These need a server whose time is real: the time-skipping one holds its clock while an activity waits for a worker, cannot
 * reset, and loses tasks where runs go on in new ones.
 */
export const OF_A_REAL_SERVER: readonly Assumption[] = ['no workers', 'reset runs', 'short runs'];

/** In how many seeds an assumption is stretched. */
const SHARE = 0.25;

/** Seeds with encryption follow each other, as the workers are other ones then. */
const BLOCK = 25;

/** `drawn`: each one that needs no real server, in its share of the seeds. Otherwise exactly these, in every seed. */
export type AssumptionChoice = 'drawn' | readonly Assumption[];

export function stretched(seed: number, choice: AssumptionChoice): Set<Assumption> {
  if (choice !== 'drawn') return new Set(choice);
  const blockOf = (name: Assumption) => (name === 'encryption' ? `block ${Math.floor(seed / BLOCK)}` : seed);
  const drawn = ALL_ASSUMPTIONS.filter((name) => !OF_A_REAL_SERVER.includes(name));
  return new Set(drawn.filter((name) => draw(blockOf(name), 'stretched', name) < SHARE));
}
