/** Every wait of both workflows, and what brings a life to it. */
import type { Provision } from '../../client/index.js';
import { TEXT, unless, type Life } from './crash.js';
import { until, type DevWorld } from './dev-world.js';
import { ROUTE, type Plan } from './plan.js';

export interface Wait extends Omit<Life, 'struck' | 'blow' | 'watch' | 'faults'> {
  name: string;
  /** What its timer is called. */
  timer: RegExp;
  /** What goes wrong at the vendor. */
  trouble?: (plan: Plan) => Plan;
  /** Calls that Temporal refuses the worker that will die. */
  refused?: RegExp;
}

/** Longer than a life takes until it has nothing else to wait for, also on a busy machine. */
const LONG_SETTLING = { settleWindow: '20s' };

/** Nothing to send, and no end of its own. */
export const IDLE = { messages: [], terminateAfterMessages: false };

export const WAITS: Wait[] = [
  {
    name: 'for a run that is still leasing its number',
    timer: /is still at it/,
    trouble: (plan) => plan.on(ROUTE.lease, { phase: 'before', delayMs: 6_500 }),
  },
  {
    name: 'for a run that may still start after a cancel',
    timer: /may still start/,
    refused: /^ExecuteMultiOperation$/,
    meanwhile: async (provision) => {
      await until(
        'it asks',
        () => provision.status(),
        ({ state }) => state === 'leasing',
      );
      await provision.cancel();
    },
    end: cancelled,
    leases: 0,
    texts: 0,
  },
  {
    name: 'for Temporal to take a cancel',
    timer: /giving .* back again/,
    refused: /^RequestCancelWorkflowExecution$/,
    trouble: leasingTakesLong,
    request: IDLE,
    meanwhile: (provision, world) => cancelWhileLeasing(world, () => provision.cancel()),
    end: cancelled,
    texts: 0,
  },
  {
    name: 'before leasing again',
    timer: /leasing again/,
    trouble: (plan) => plan.on(ROUTE.lease, { phase: 'before', reset: true }),
  },
  {
    name: 'before verifying again',
    timer: /verifying again/,
    world: { activation: { status: 'pending', minMs: 3_000, maxMs: 3_000 } },
  },
  {
    name: 'for a lease call that may still act',
    timer: /a lease call, or a copy of it, may still act/,
    trouble: (plan) =>
      plan
        .on(ROUTE.lease, { phase: 'before', reset: true })
        .on(ROUTE.lease, { phase: 'before', status: 400 }),
    request: LONG_SETTLING,
  },
  {
    name: 'for the vendor to answer a search',
    timer: /trying again, finding/,
    trouble: (plan) => plan.on(ROUTE.find, { phase: 'before', status: 503 }),
  },
  {
    name: 'for the vendor to answer a read',
    timer: /trying again, verifying/,
    trouble: (plan) => plan.on(ROUTE.read, { phase: 'before', status: 503 }, 2), // the first is read with the lease
  },
  {
    name: 'before sending again',
    timer: /sending again/,
    trouble: (plan) => plan.on(ROUTE.send, { phase: 'before', status: 429 }),
  },
  {
    name: 'to keep the pace',
    timer: /keeping to/,
    request: {
      messages: [TEXT, { ...TEXT, id: 'm2', message: 'Another one' }],
      pacing: { perSecond: 0.1, burst: 1 },
    },
    texts: 2,
  },
  {
    name: 'for a history that does not show yet what went out',
    timer: /reading whether message/,
    trouble: (plan) => plan.on(ROUTE.send, { phase: 'after', reset: true }),
    world: { historyLagMs: 15_000 }, // the first read comes before, on however busy a machine
    request: LONG_SETTLING,
  },
  {
    name: 'for a history that will not show what did not go out',
    timer: /reading whether message/,
    trouble: (plan) => plan.on(ROUTE.send, { phase: 'before', reset: true }),
    request: LONG_SETTLING,
  },
  {
    name: 'for the expiry',
    timer: /the lease expires/,
    request: { ...IDLE, term: '5s' },
    texts: 0,
  },
  {
    name: 'for the warning before the expiry',
    timer: /the lease is about to expire/,
    request: { ...IDLE, term: '5s', warnBefore: '2s' },
    texts: 0,
  },
  {
    name: 'to renew',
    timer: /the lease renews itself/,
    request: { ...IDLE, term: '5s', autoRenew: true },
    end: terminated,
    texts: 0,
  },
  {
    name: 'for the deadline of a protected lease',
    timer: /the deadline of a protected lease/,
    request: { ...IDLE, term: '5s', protected: true },
    end: terminated,
    texts: 0,
  },
  {
    name: 'to look how the number is',
    timer: /looking how/,
    request: { ...IDLE, health: { checkEvery: '1h' } },
    end: terminated,
    texts: 0,
  },
  {
    name: 'in the time of grace',
    timer: /giving \S+ back \(/,
    request: { grace: '5s' },
  },
  { name: 'for the release', timer: /looking whether/ },
  {
    name: 'for a terminate call that may still act',
    timer: /a terminate call may still act/,
    trouble: (plan) => plan.on(ROUTE.terminate, { phase: 'after', reset: true }),
    world: { termination: { minMs: 100, maxMs: 300 } },
    request: { ...IDLE, ...LONG_SETTLING, term: '15s' }, // so that its doubt outlasts that of the lease call
    texts: 0,
  },
];

export function leasingTakesLong(plan: Plan): Plan {
  return plan.on(ROUTE.lease, { phase: 'before', delayMs: 4_000 });
}

/** Cancels while the lease call is on its way. */
export async function cancelWhileLeasing(world: DevWorld, cancel: () => Promise<unknown>): Promise<void> {
  const { controls } = world.simulator;
  await until(
    'it leases',
    () => Promise.resolve(controls.calls()[ROUTE.lease]),
    (calls) => calls === 1,
  );
  await cancel();
}

/** The request ended without an answer, and what it had leased was given back. */
export async function cancelled(provision: Provision, world: DevWorld): Promise<void> {
  const ended = await provision.result().then(
    () => 'with a number',
    () => 'without a number',
  );
  if (ended === 'with a number') throw new Error('the cancel came too late');
  for (const { number } of await world.entries('leased')) await world.run(number).result();
}

/** Somebody ends it. */
async function terminated(provision: Provision): Promise<void> {
  const lease = await provision.result();
  await untilAnswered(() => lease.protect(false));
  await untilAnswered(() => lease.terminate());
  await lease.released();
}

/**
 * Asks again where nobody answered in time, as whoever is told so does: until the worker that took over does the run's
 * tasks, Temporal may have time limits of its own to wait for, one after another.
 */
async function untilAnswered(ask: () => Promise<object>): Promise<void> {
  await until(
    'somebody answers',
    () => ask().catch(unless('NoAnswer')),
    (answer) => answer !== undefined,
  );
}
