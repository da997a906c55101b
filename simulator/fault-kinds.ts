/** What can go wrong with which call: the list that profiles draw from. */
import { faultName, type Fault } from './faults.js';

/** Reads may lag behind by so much, and requests that were lost may act so much later, on the simulator's clock. */
export const STALE_AT_MOST_MS = 3_000;
const LATE_AT_MOST_MS = 30_000;

/** The routes that Leasehold itself calls. The vendor has more, and all of them can go wrong. */
export const PRODUCT_ROUTES = [
  'GET /numbers/leases',
  'GET /numbers/leased',
  'GET /numbers/{number}',
  'POST /numbers/lease/{number}',
  'DELETE /numbers/leased/{number}',
  'POST /send/text',
  'GET /conversations/history/text/{to}/{from}/{limit}',
  'GET /conversations/history/message/{id}',
] as const;

/** Routes that answer with a list of rows, and the list's name in their data. */
export const ROWS_OF: Record<string, string> = {
  'GET /numbers/leases': 'numbers',
  'GET /numbers/leased': 'numbers',
  'GET /conversations/history/text/{to}/{from}/{limit}': 'conversation',
};
const LISTS = Object.keys(ROWS_OF);

export type FaultKind = Fault & { kind: string };

const HTML = '<html><body><h1>It is not you, it is us</h1></body></html>';
/** Not the vendor speaks but a box in front of it. */
const page = { headers: { 'content-type': 'text/html' }, body: HTML };
const limit = (kind: string, retryAfter?: string): FaultKind => ({
  phase: 'before',
  kind: `429 ${kind}`,
  status: 429,
  ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
});

/** Its date is worked out for the call. */
export const LIMIT_WITH_DATE = limit('date');

/** Not drawn for a call: it holds for all of them, for hours. */
export const MAINTENANCE: FaultKind = { phase: 'before', kind: 'maintenance', status: 503, ...page };

/** The vendor does not act, but for the slow one. */
const BEFORE: FaultKind[] = [
  { phase: 'before', kind: 'time-out', hang: true },
  { phase: 'before', kind: 'reset', reset: true },
  { phase: 'before', kind: 'slow', delayMs: 0 },
  { phase: 'before', kind: '500', status: 500 },
  { phase: 'before', kind: '502 page', status: 502, ...page },
  { phase: 'before', kind: '503', status: 503 },
  { phase: 'before', kind: '408', status: 408 },
  { phase: 'before', kind: '499', status: 499 },
  { phase: 'before', kind: '402', status: 402 },
  { phase: 'before', kind: '404 page', status: 404, ...page },
  { phase: 'before', kind: '403 page', status: 403, ...page },
  limit('without Retry-After'),
  limit('seconds', '2'),
  LIMIT_WITH_DATE,
  limit('past date', 'Wed, 21 Oct 2015 07:28:00 GMT'),
  limit('nonsense', 'soon'),
  limit('ten hours', '36000'),
];
/** The vendor acted, and something that knows nothing of it answers. */
const AFTER: FaultKind[] = [
  { phase: 'after', kind: 'time-out', hang: true },
  { phase: 'after', kind: 'reset', reset: true },
  { phase: 'after', kind: 'slow', delayMs: 0 },
  { phase: 'after', kind: '500', status: 500 },
  { phase: 'after', kind: '503', status: 503 },
  { phase: 'after', kind: '504 page', status: 504, ...page },
  { phase: 'after', kind: '408', status: 408 },
  { phase: 'after', kind: '499', status: 499 },
];
/** The vendor acted, and its own answer is on its way. */
const ANSWERING: FaultKind[] = [
  { phase: 'answering', kind: 'time-out', hang: true },
  { phase: 'answering', kind: 'reset', reset: true, cut: 0 },
  { phase: 'answering', kind: 'half body', reset: true },
  { phase: 'answering', kind: 'slow', delayMs: 0 },
  { phase: 'answering', kind: 'unreadable', body: '{"object":"response","data":' },
  { phase: 'answering', kind: 'empty object', body: '{}' },
  { phase: 'answering', kind: 'drift', drift: true },
];
/** A read that is delivered twice is only a read. */
const ON_READS: FaultKind[] = [{ phase: 'answering', kind: 'stale', staleMs: STALE_AT_MOST_MS }];
const ON_LISTS: FaultKind[] = [
  { phase: 'answering', kind: 'doubled rows', rows: 'doubled' },
  { phase: 'answering', kind: 'unreadable row', rows: 'unreadable' },
];
/** What the vendor says to a request that it has seen before, or does not like at the moment. */
const REFUSALS = [400, 404, 409, 429];
/** A proxy delivers a request twice: the first copy acts, and the answer is the one to the second. */
const COPY_REFUSED = REFUSALS.map((status): FaultKind => ({
  phase: 'after',
  kind: `${status} to a copy`,
  status,
}));
/** The request is refused, and a copy of it acts later. */
const COPY_ACTS = REFUSALS.map((status): FaultKind => ({
  phase: 'before',
  kind: `${status}, a copy acts late`,
  status,
  lateMs: LATE_AT_MOST_MS,
}));
const ACTS_LATE: FaultKind = { phase: 'before', kind: 'acts late', reset: true, lateMs: LATE_AT_MOST_MS };
const TWICE: FaultKind = { phase: 'after', kind: 'twice', twice: true };
const AGAIN_LATE: FaultKind = { phase: 'answering', kind: 'again late', lateMs: LATE_AT_MOST_MS };

/** Every fault that is drawn for a route. */
export function faultsOf(route: string): [FaultKind, ...FaultKind[]] {
  return [...BEFORE, ...AFTER, ...ANSWERING, ...ownOf(route)] as [FaultKind, ...FaultKind[]];
}

function ownOf(route: string): FaultKind[] {
  if (route.startsWith('GET')) return LISTS.includes(route) ? [...ON_READS, ...ON_LISTS] : ON_READS;
  const once = [ACTS_LATE, ...COPY_REFUSED, ...COPY_ACTS];
  // A text that goes out twice cannot be undone by any caller: it would prove nothing about one.
  return route === 'POST /send/text' ? once : [...once, TWICE, AGAIN_LATE];
}

/** Every `route | phase | kind` that can happen on these routes, so that a table of counts can show what did not. */
export function everyFault(routes: readonly string[] = PRODUCT_ROUTES): string[] {
  return routes.flatMap((route) => [...faultsOf(route), MAINTENANCE].map((fault) => faultName(route, fault)));
}
