import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Calls that came to the HTTP servers of this process, those that were refused for their rate included. */
export interface Traffic {
  calls: number;
  /** Most of them within any second. */
  mostASecond: number;
  /** How many were answered 429. */
  refused: number;
}

const SECOND_MS = 1_000;

/** Counts where they arrive: the simulator's own count knows no times. */
export function watchTraffic(): { take(): Traffic } {
  let arrivals: number[] = [];
  let refused = 0;
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    if (!request.url?.startsWith('/simulator')) arrivals.push(Date.now());
  });
  subscribe('http.server.response.finish', (message) => {
    if ((message as { response: ServerResponse }).response.statusCode === 429) refused += 1;
  });
  return {
    take: () => {
      const seen = { calls: arrivals.length, mostASecond: mostWithin(SECOND_MS, arrivals), refused };
      arrivals = [];
      refused = 0;
      return seen;
    },
  };
}

/** @param instants in their order */
function mostWithin(spanMs: number, instants: readonly number[]): number {
  let most = 0;
  let first = 0;
  instants.forEach((at, index) => {
    while ((instants[first] ?? at) <= at - spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
