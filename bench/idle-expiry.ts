/** Many leases expire at one instant: how they share what the API takes, and whether each is given back once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseResult } from '../domain/contract.js';
import { leaseId, TASK_QUEUE } from '../domain/ids.js';
import { countHistories } from './history-counts.js';
import type { IdleLease } from './idle-leases.js';
import { sides, type IdleWorld, type Sides } from './idle-world.js';
import type { LedgerShown } from './process/simulator.js';
import type { Traffic } from './process/traffic.js';
import { spreadOf, type Spread } from './stats.js';
import { forEach, isSoWithin } from './waits.js';

/** Seconds from the instant of the expiry; absent: not in time. */
export interface Expiry {
  halfReleasedS?: number;
  allReleasedS?: number;
  /** Until the last one of their runs was closed. */
  allClosedS?: number;
  /** That many calls of their own at the API's rate would take so long. */
  leastS: number;
  /** From the release at the vendor until the run had proven it. */
  noticedS?: Spread;
  traffic: Traffic;
  callsByRoute: Record<string, number>;
  /** Milliseconds a lease. */
  cpuMs: Sides;
  peakMiB: Sides;
  /** What one of them comes to, from its first run on. */
  history?: { events: number; actions: number; bytes: number };
  violations: string[];
}

/** Before the expiry: by then nothing else is under way. */
const QUIET_MS = 5_000;
/** A read before the `DELETE`, the `DELETE`, and the proof. */
const CALLS_A_RELEASE = 3;
/** Of what the rate allows; on top of the time below. */
const LEAST_TIMES_AT_MOST = 15;
const RELEASED_WITHIN_MS = 10 * 60_000;
/** The settle window of a request is a minute unless it says something else. */
const CLOSED_WITHIN_MS = 5 * 60_000;
const LOOK_EVERY_MS = 500;
const SAY_EVERY_MS = 10_000;
const AT_ONCE = 20;
const HISTORIES = 20;

interface Plan {
  leases: readonly IdleLease[];
  expireAt: number;
  rate: number;
  /** Of a release at the vendor, at most. */
  lagMs: number;
  report: (line: string) => void;
}

export async function massExpiry(world: IdleWorld, plan: Plan): Promise<Expiry> {
  const { expireAt, leases, rate } = plan;
  const expiring = leases.filter(({ expiresAt }) => expiresAt === expireAt);
  const left = expireAt - Date.now() - QUIET_MS;
  if (left < 0) throw new Error('the leases expire before everything else was over: give --expire-in');
  plan.report(`Waiting ${Math.round(left / 1_000)} s for the expiry of ${expiring.length} leases`);
  await sleep(left);
  await world.simulator.ask<Traffic>('traffic');
  const before = await world.usage();
  const routesBefore = await routes(world);
  await sleep(Math.max(0, expireAt - Date.now()));
  const times = await watch(world, plan, expiring.length);
  const traffic = await world.simulator.ask<Traffic>('traffic');
  const after = await world.usage();
  const ledger = await world.simulator.ask<LedgerShown>('ledger');
  const results = await forEach(expiring, AT_ONCE, (lease) => resultOf(world, lease));
  const noticed = noticedAfter(ledger, results);
  const history = times.allClosedS === undefined ? undefined : await historyOf(world, expiring);
  return {
    ...times,
    leastS: (expiring.length * CALLS_A_RELEASE) / rate,
    ...(noticed.length > 0 && { noticedS: spreadOf(noticed) }),
    traffic,
    callsByRoute: less(await routes(world), routesBefore),
    cpuMs: sides(before, after, (from, to) => (to.cpuMs - from.cpuMs) / expiring.length),
    peakMiB: sides(before, after, (_, to) => to.peakMiB),
    ...(history && { history }),
    violations: [...violationsOf(plan, ledger, results), ...(await runsAmiss(world, plan))],
  };
}

type Times = Pick<Expiry, 'halfReleasedS' | 'allReleasedS' | 'allClosedS'>;

async function watch({ simulator, place }: IdleWorld, plan: Plan, expiring: number): Promise<Times> {
  const { leases, expireAt, rate, lagMs, report } = plan;
  const seconds = () => (Date.now() - expireAt) / 1_000;
  const leastMs = ((expiring * CALLS_A_RELEASE) / rate) * 1_000;
  let halfReleasedS: number | undefined;
  let saidAt = Date.now();
  const areReleased = async () => {
    const released = leases.length - (await simulator.ask<number>('open'));
    if (released >= expiring / 2) halfReleasedS ??= seconds();
    if (Date.now() - saidAt >= SAY_EVERY_MS) {
      saidAt = Date.now();
      report(`${Math.round(seconds())} s: ${released} of ${expiring} are released`);
    }
    return released >= expiring;
  };
  const limitMs = RELEASED_WITHIN_MS + lagMs + LEAST_TIMES_AT_MOST * leastMs;
  const allReleased = await isSoWithin(limitMs, LOOK_EVERY_MS, areReleased);
  const half = halfReleasedS !== undefined && { halfReleasedS };
  if (!allReleased) return { ...half };
  const allReleasedS = seconds();
  const areClosed = async () => {
    const { count } = await place.client.workflow.count(OPEN_RUNS);
    return count <= leases.length - expiring;
  };
  const allClosed = await isSoWithin(CLOSED_WITHIN_MS + leastMs, LOOK_EVERY_MS, areClosed);
  return { ...half, allReleasedS, ...(allClosed && { allClosedS: seconds() }) };
}

const RUNS = `WorkflowType = 'manageLease' AND TaskQueue = '${TASK_QUEUE}'`;
const OPEN_RUNS = `${RUNS} AND ExecutionStatus = 'Running'`;

/** Undefined where the run is still open, or did not end by itself. */
async function resultOf({ place }: IdleWorld, { number }: IdleLease): Promise<LeaseResult | undefined> {
  const run = place.client.workflow.getHandle(leaseId(number));
  const { status } = await run.describe();
  return status.name === 'COMPLETED' ? ((await run.result()) as LeaseResult) : undefined;
}

function noticedAfter({ released }: LedgerShown, results: readonly (LeaseResult | undefined)[]): number[] {
  const releasedAt = new Map(released.map(({ leaseId, at }) => [leaseId, at]));
  return results.flatMap((result) => {
    const at = releasedAt.get(result?.leaseId ?? '');
    return at === undefined || !result?.releasedAt ? [] : [(Date.parse(result.releasedAt) - at) / 1_000];
  });
}

/** Each lease that expired was given back once by its own run; each other one is held; nothing else was leased. */
function violationsOf(
  { leases, expireAt }: Plan,
  ledger: LedgerShown,
  results: readonly (LeaseResult | undefined)[],
): string[] {
  const open = new Map(ledger.open.map(({ number, leaseId }) => [number, leaseId]));
  const releases = new Map<string, number>();
  for (const { leaseId } of ledger.released) releases.set(leaseId, (releases.get(leaseId) ?? 0) + 1);
  const proven = new Map(results.map((result) => [result?.leaseId, result]));
  const wrong = leases.flatMap((lease) => {
    const { number, leaseId } = lease;
    if (lease.expiresAt !== expireAt)
      return open.get(number) === leaseId
        ? []
        : [`${number} was to be held, and its lease ${leaseId} is not open`];
    if (releases.get(leaseId) !== 1 || open.has(number)) return [`${number} has expired and is not released`];
    const { reason, releasedBy, releasedAt } = proven.get(leaseId) ?? {};
    if (reason === 'expired' && releasedBy === 'us' && releasedAt) return [];
    return [`the run of ${number} has no proof of the release of its lease ${leaseId}`];
  });
  return [
    ...wrong,
    ...ledger.leasedByApi.map(({ number }) => `${number} was leased, and nobody asked for it`),
  ];
}

/** The open runs are those of the leases that are still to be held, one each; the others have ended by themselves. */
async function runsAmiss({ place }: IdleWorld, { leases, expireAt }: Plan): Promise<string[]> {
  const held = new Set(
    leases.filter(({ expiresAt }) => expiresAt !== expireAt).map(({ number }) => leaseId(number)),
  );
  const amiss: string[] = [];
  for await (const { workflowId, status } of place.client.workflow.list({ query: RUNS })) {
    if (status.name === 'RUNNING' && !held.delete(workflowId)) amiss.push(`${workflowId} is open`);
    if (status.name !== 'RUNNING' && status.name !== 'COMPLETED')
      amiss.push(`${workflowId} is ${status.name}`);
  }
  return [...amiss, ...[...held].map((id) => `${id} is owned by nobody: it is not open`)];
}

async function historyOf({ place }: IdleWorld, expired: readonly IdleLease[]) {
  const runs = expired
    .slice(0, HISTORIES)
    .map(({ number }) => place.client.workflow.getHandle(leaseId(number)));
  const counts = await forEach(runs, AT_ONCE, async (run) => countHistories([await run.fetchHistory()]));
  const sizes = await forEach(runs, AT_ONCE, async (run) => (await run.describe()).historySize ?? 0);
  return {
    events: spreadOf(counts.map(({ events }) => events)).median,
    actions: spreadOf(counts.map(({ actions }) => actions)).median,
    bytes: spreadOf(sizes).median,
  };
}

function routes({ simulator }: IdleWorld): Promise<Record<string, number>> {
  return simulator.ask<Record<string, number>>('callsByRoute');
}

function less(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([route, calls]) => [route, calls - (before[route] ?? 0)]),
  );
}
