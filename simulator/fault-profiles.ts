/**
 * Faults drawn from a seed. Whether and how a call goes wrong depends on the seed, its route, its number and the
 * how-manieth such call it is, never on the order of calls to other routes or numbers: a seed repeats its faults.
 */
import { draw, pick } from './draw.js';
import type { Fault, FaultedCall, FaultPlan } from './faults.js';

/** Share of calls that go wrong, and hours-long windows in which every call does. */
export const FAULT_PROFILES = {
  none: { rate: 0, maintenance: 0 },
  light: { rate: 0.05, maintenance: 0 },
  rough: { rate: 0.2, maintenance: 0.02 },
  storm: { rate: 0.45, maintenance: 0.05 },
} as const;
export type FaultProfile = keyof typeof FAULT_PROFILES;

const HOUR_MS = 3_600_000;
/** After so many faults in a row a call gets through: a storm that never lets anything through proves nothing. */
const IN_A_ROW_AT_MOST = 12;
/** Reads may lag behind by so much, and requests that were lost may act so much later, on the simulator's clock. */
export const STALE_AT_MOST_MS = 3_000;
const LATE_AT_MOST_MS = 30_000;

const HTML = '<html><body><h1>It is not you, it is us</h1></body></html>';
const page = { headers: { 'content-type': 'text/html' }, body: HTML };
const limit = (kind: string, retryAfter?: string): Fault => ({
  phase: 'before',
  kind: `429 ${kind}`,
  status: 429,
  ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
});

/** What can go wrong with any call. */
const ANY: Fault[] = [
  { phase: 'before', kind: 'time-out', hang: true },
  { phase: 'before', kind: 'reset', reset: true },
  { phase: 'before', kind: '500', status: 500 },
  { phase: 'before', kind: '502 page', status: 502, ...page },
  { phase: 'before', kind: '503', status: 503 },
  { phase: 'before', kind: '408', status: 408 },
  { phase: 'before', kind: '499', status: 499 },
  { phase: 'before', kind: '404 page', status: 404, ...page },
  { phase: 'before', kind: '403 page', status: 403, ...page },
  limit('without Retry-After'),
  limit('seconds', '2'),
  limit('date', 'Wed, 21 Oct 2015 07:28:00 GMT'),
  limit('nonsense', 'soon'),
  limit('ten hours', '36000'),
  { phase: 'after', kind: 'time-out', hang: true },
  { phase: 'after', kind: 'reset', reset: true },
  { phase: 'after', kind: '500', status: 500 },
  { phase: 'after', kind: '504 page', status: 504, ...page },
  { phase: 'answering', kind: 'half body', reset: true },
  { phase: 'answering', kind: 'unreadable', body: '{"object":"response","data":' },
  { phase: 'answering', kind: 'empty object', body: '{}' },
  { phase: 'answering', kind: 'slow', delayMs: 20 },
  { phase: 'answering', kind: 'drift', drift: true },
];
const ON_READS: Fault[] = [{ phase: 'answering', kind: 'stale', stale: true }];
/** A text that is delivered twice cannot be undone by any caller, so only leases and terminations are repeated. */
const ON_LEASES: Fault[] = [
  { phase: 'after', kind: 'twice', twice: true },
  { phase: 'before', kind: 'acts late', lateMs: LATE_AT_MOST_MS },
];
const ON_SENDS: Fault[] = [{ phase: 'before', kind: 'acts late', lateMs: LATE_AT_MOST_MS }];

/** Every fault that a route can have. */
function faultsOf(route: string): [Fault, ...Fault[]] {
  const own = route.startsWith('GET') ? ON_READS : route === 'POST /send/text' ? ON_SENDS : ON_LEASES;
  return [...ANY, ...own] as [Fault, ...Fault[]];
}

/** How often each fault has happened: `route | phase | kind` → count. */
export type FaultCounts = Record<string, number>;

export interface SeededFaults extends FaultPlan {
  counts(): FaultCounts;
  /** From now on nothing goes wrong any more. */
  stop(): void;
}

export function seededFaults(seed: number, profile: FaultProfile): SeededFaults {
  const { rate, maintenance } = FAULT_PROFILES[profile];
  const counts: FaultCounts = {};
  const inARow = new Map<string, number>();
  let stopped = false;

  const drawn = (call: FaultedCall): Fault | undefined => {
    const { route, number = '', nth, at } = call;
    const hour = Math.floor(at / HOUR_MS);
    if (draw(seed, 'maintenance', hour) < maintenance)
      return { phase: 'before', kind: 'maintenance', status: 503, ...page };
    const key = `${route} ${number}`;
    const row = inARow.get(key) ?? 0;
    const goesWrong = row < IN_A_ROW_AT_MOST && draw(seed, 'fault', route, number, nth) < rate;
    inARow.set(key, goesWrong ? row + 1 : 0);
    return goesWrong
      ? withDetails(pick(faultsOf(route), seed, 'kind', route, number, nth), seed, call)
      : undefined;
  };

  return {
    decide: (call) => {
      const fault = stopped ? undefined : drawn(call);
      if (!fault) return undefined;
      const key = `${call.route} | ${fault.phase} | ${fault.kind ?? ''}`;
      counts[key] = (counts[key] ?? 0) + 1;
      return fault;
    },
    counts: () => ({ ...counts }),
    stop: () => (stopped = true),
  };
}

function withDetails(fault: Fault, seed: number, { route, number = '', nth }: FaultedCall): Fault {
  if (fault.lateMs === undefined) return fault;
  return { ...fault, lateMs: Math.ceil(draw(seed, 'late', route, number, nth) * fault.lateMs), reset: true };
}
