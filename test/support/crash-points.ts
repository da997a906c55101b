/**
 * Every boundary of a life: what is asked of the vendor, and what the Temporal server is told. One table, so that a
 * point that is missing is seen: kill.test.ts lives one life without a crash and looks for each call of it in here.
 */
import type { FaultPlan } from '../../simulator/index.js';
import { Blow, type Life } from './crash.js';
import { ROUTE } from './plan.js';
import type { TemporalCall, Watch } from './temporal-proxy.js';

/** A call to the vendor, and the how-manieth of its route. */
interface ApiCall {
  route: string;
  nth: number;
  /** A read does nothing: before it acts and before it answers are the same. */
  changes?: true;
}

/** A call to the Temporal server that has this in it; the first such one counts. */
interface TemporalWord {
  method: string;
  carries: RegExp;
  /** It is said only while the number is not released yet. */
  whileHeld?: true;
}

/** The first look finds the number still leased, on however busy a machine. */
export const SLOW_TERMINATION = { minMs: 30_000, maxMs: 30_000 };

interface Step {
  name: string;
  asks?: ApiCall[];
  /** What the Temporal server hears of it: a crash before that, and the step is as if it had not been. */
  tells: TemporalWord;
}

export const taskDone = (carries: RegExp): TemporalWord => ({
  method: 'RespondWorkflowTaskCompleted',
  carries,
});
const activity = (carries: RegExp): TemporalWord => ({ method: 'RespondActivityTaskCompleted', carries });
const change = (route: string): ApiCall => ({ route, nth: 1, changes: true });

const read = (route: string, nth = 1): ApiCall => ({ route, nth });

/** A life in its order. */
export const STEPS: Step[] = [
  { name: 'begin the search', tells: taskDone(/findNumbers/) },
  { name: 'find', asks: [read(ROUTE.find)], tells: activity(/findNumbers/) },
  { name: 'choose', tells: taskDone(/acquireNumber/) },
  { name: 'ask for the number', tells: { method: 'ExecuteMultiOperation', carries: /manageLease/ } },
  { name: 'accept the ask', tells: taskDone(/leaseNumber/) },
  { name: 'lease and verify', asks: [change(ROUTE.lease), read(ROUTE.read)], tells: activity(/leaseNumber/) },
  { name: 'answer the ask', tells: taskDone(/sendText/) },
  { name: 'get the answer of the ask', tells: activity(/acquireNumber/) },
  { name: 'answer the request', tells: taskDone(/LeaseNumber/) },
  { name: 'send', asks: [change(ROUTE.send)], tells: activity(/sendText/) },
  { name: 'have all sent', tells: taskDone(/terminateLease/) },
  {
    name: 'terminate',
    asks: [read(ROUTE.read, 2), change(ROUTE.terminate)],
    tells: activity(/terminateLease/),
  },
  { name: 'wait for the release', tells: taskDone(/looking whether/) },
  { name: 'begin to look', tells: taskDone(/checkRelease/) },
  {
    name: 'first look',
    asks: [read(ROUTE.leased)],
    tells: { ...activity(/"listed":true/), whileHeld: true },
  },
  {
    name: 'proof of the release',
    asks: [read(ROUTE.read, 3)],
    tells: activity(/"status":"(g-)?available"/),
  },
  { name: 'end', tells: taskDone(/"releasedAt"/) },
];

/** Where a blow falls. */
export type Spot =
  | ({ at: 'vendor'; phase: 'before' | 'after' } & ApiCall)
  | ({ at: 'temporal'; way: TemporalCall['way'] } & TemporalWord);

export interface Point {
  name: string;
  spot: Spot;
}

/** Around what the vendor is asked. */
export const VENDOR_POINTS: Point[] = STEPS.flatMap(({ name, asks = [] }) =>
  asks.flatMap((call) => around(name, call)),
);

function around(name: string, call: ApiCall): Point[] {
  const what = `${name}, ${call.route.split(' ')[0] ?? ''}`;
  const before = point(`${what} before the vendor acts`, { at: 'vendor', phase: 'before', ...call });
  const after = point(`${what} before the vendor answers`, { at: 'vendor', phase: 'after', ...call });
  return call.changes ? [before, after] : [before];
}

/** Before and after the Temporal server hears of it. */
const aroundWord = (name: string, tells: TemporalWord): Point[] => [
  point(`${name}, before the server hears of it`, { at: 'temporal', way: 'to the server', ...tells }),
  point(`${name}, after the server heard of it`, { at: 'temporal', way: 'to the worker', ...tells }),
];

/** A task that the server hands out and that nobody gets. */
const taskLost = (name: string, carries: RegExp): Point =>
  point(`${name}, on its way to the worker`, {
    at: 'temporal',
    way: 'to the worker',
    method: 'PollWorkflowTaskQueue',
    carries,
  });

/** Around what the Temporal server is told; and tasks that it hands out and nobody gets. */
export const TEMPORAL_POINTS: Point[] = [
  ...STEPS.flatMap(({ name, tells }) => aroundWord(name, tells)),
  taskLost('first task of the request', /provisionLease/),
  taskLost('first task of the number', /manageLease/),
];

/** What a killed worker leaves in doubt, and a killed server: `npm test` lives these, `npm run test:all` every other one. */
const SAMPLED = new Set([
  'lease and verify, POST before the vendor answers',
  'send, POST before the vendor answers',
  'terminate, DELETE before the vendor answers',
  'lease and verify, before the server hears of it',
]);

/** Splits points into those that `npm test` lives and those that `npm run test:all` adds. */
export function sample(points: Point[]): { sampled: Point[]; others: Point[] } {
  return {
    sampled: points.filter(({ name }) => SAMPLED.has(name)),
    others: points.filter(({ name }) => !SAMPLED.has(name)),
  };
}

/** A request that is cancelled while its number is being leased. */
export const CANCELLED_REQUEST_POINTS: Point[] = [
  taskLost('task with the cancel', /provisionLease/),
  ...aroundWord('begin to give back', taskDone(/giveBack/)),
  ...aroundWord('tell the run of the number', activity(/giveBack/)),
];

/** A lease that is cancelled while it is in use. */
export const CANCELLED_LEASE_POINTS: Point[] = [
  taskLost('task with the cancel', /manageLease/),
  ...aroundWord('give back', taskDone(/terminateLease/)),
];

/** A run whose history is long goes on in a new one. */
export const NEW_RUN_POINTS: Point[] = [
  ...aroundWord('go on in a new run', taskDone(/"carried":/)),
  taskLost('first task of the new run', /"carried":/),
];

function point(name: string, spot: Spot): Point {
  return { name, spot };
}

/** A blow that falls there. */
export function blowAt(spot: Spot): Pick<Life, 'blow' | 'watch' | 'faults' | 'world'> {
  const blow = new Blow();
  if (spot.at === 'temporal') {
    const slow = spot.whileHeld && { world: { termination: SLOW_TERMINATION } };
    return { blow, watch: holdingAt(blow, spot), ...slow };
  }
  const decide: FaultPlan['decide'] = ({ route, nth }) => {
    if (route !== spot.route || nth !== spot.nth) return undefined;
    blow.strike();
    return { phase: spot.phase, reset: true };
  };
  return { blow, watch: () => 'pass', faults: { decide } };
}

/** Whether a call is the one that a step is known by. */
export const says = (call: TemporalCall, { method, carries }: TemporalWord): boolean =>
  call.method === method && carries.test(call.carries);

/** Strikes at the first such call; it goes no further. */
export function holdingAt(blow: Blow, spot: TemporalWord & { way: TemporalCall['way'] }): Watch {
  return (call) => {
    if (blow.hasFallen || call.way !== spot.way || !says(call, spot)) return 'pass';
    blow.strike();
    return 'hold';
  };
}
