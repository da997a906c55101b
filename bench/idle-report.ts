import Table from 'cli-table3';
import type { Restart } from './idle-crash.js';
import type { Expiry } from './idle-expiry.js';
import type { Sides } from './idle-world.js';
import type { Machine } from './results.js';

/** Everything that one run of `npm run idle` measured. */
export interface IdleResults {
  /** Of this file's shape. */
  format: 1;
  /** ISO 8601. */
  takenAt: string;
  machine: Machine;
  server: string;
  options: { leases: number; expire: number; rate: number; cached: number; idleMs: number; lagMs: number };
  /** Before the first lease. */
  empty: { rssMiB: Sides; cpuPercent: Sides };
  open: {
    startedS: number;
    waitingS: number;
    rssMiB: Sides;
    kibALease: Sides;
    /** Milliseconds a lease. */
    cpuMs: Sides;
    /** Runs that the worker keeps in memory. */
    cached: number;
    /** Of one open run. */
    historyBytes: number;
  };
  idle: { cpuPercent: Sides; /** Since the start. */ peakMiB: Sides };
  restart: Restart;
  expiry: Expiry;
}

export function tablesOf(results: IdleResults): string {
  return `${sidesTable(results)}\n${timesTable(results)}`;
}

function sidesTable({ empty, open, idle, restart, expiry, options }: IdleResults): string {
  const table = new Table({ head: ['', 'worker', 'Temporal server'], style: { head: [], border: [] } });
  const add = (name: string, { worker, server }: Sides, digits = 0) =>
    table.push([name, worker.toFixed(digits), server === undefined ? '' : server.toFixed(digits)]);
  add('memory before the first lease, MiB', empty.rssMiB);
  add(`memory with ${options.leases} open, MiB`, open.rssMiB);
  add('the same, KiB more for each lease', open.kibALease, 1);
  add('peak before the kill, MiB', idle.peakMiB);
  add('memory after the kill and the queries, MiB', restart.rssMiB);
  add('peak with the expiry, MiB', expiry.peakMiB);
  add('CPU while there is no lease, % of one core', empty.cpuPercent, 1);
  add(`CPU while ${options.leases} are idle, % of one core`, idle.cpuPercent, 1);
  add('CPU for opening a lease, ms', open.cpuMs, 1);
  add('CPU for one that expires, ms', expiry.cpuMs, 1);
  return table.toString();
}

function timesTable({ open, restart, expiry, options }: IdleResults): string {
  const table = new Table({ head: ['', 'seconds'], style: { head: [], border: [] } });
  const add = (name: string, seconds: number | undefined) =>
    table.push([name, seconds === undefined ? 'not in time' : seconds.toFixed(1)]);
  add(`${options.leases} runs are started`, open.startedS);
  add('each of them waits for its deadline', open.waitingS);
  add('killed: a new worker is ready', restart.readyS);
  add('killed: the first lease has answered', restart.firstAnswerS);
  add(`killed: ${restart.asked} leases have answered`, restart.allAnswersS);
  add(`${options.expire} expire: half of them are released`, expiry.halfReleasedS);
  add('all of them are released', expiry.allReleasedS);
  add('what the rate allows for that', expiry.leastS);
  add('all of their runs are closed', expiry.allClosedS);
  return table.toString();
}

export function linesOf({ options, open, restart, expiry }: IdleResults): string[] {
  const { traffic, noticedS, history, callsByRoute } = expiry;
  const routes = Object.entries(callsByRoute).filter(([, calls]) => calls > 0);
  return [
    `The worker keeps ${options.cached} runs in memory at most: ${open.cached} before the kill, ${restart.cached} after it and ${restart.asked} queries.`,
    `Expiry: ${traffic.calls} API calls, ${traffic.mostASecond} in the busiest second (${options.rate} are allowed), ${traffic.refused} answers of 429; ${(traffic.calls / options.expire).toFixed(2)} calls a lease.`,
    ...routes.map(([route, calls]) => `  ${route}: ${calls}`),
    ...(noticedS
      ? [
          `A release was proven ${noticedS.median.toFixed(1)} s after it happened (median; longest ${noticedS.max.toFixed(1)} s).`,
        ]
      : []),
    `History of an open lease: ${(open.historyBytes / 1_024).toFixed(1)} KiB` +
      (history
        ? `; of one that expired: ${(history.bytes / 1_024).toFixed(1)} KiB, ${history.events} events, ${history.actions} actions.`
        : '.'),
    `Lost, or owned twice: ${expiry.violations.length}`,
    ...expiry.violations.slice(0, VIOLATIONS_SHOWN).map((violation) => `  ${violation}`),
  ];
}

const VIOLATIONS_SHOWN = 20;
