/** `npm run bench -- idle`: thousands of open leases on one worker: what they take, after a crash and when many expire at once. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { ManageLease } from '../activities/acquire-number.js';
import { startOptions } from '../activities/acquire-number.js';
import { offer } from '../activities/find-numbers.js';
import { parseCount, parseTime } from '../client/cli/command.js';
import { createContiguity, type Contiguity } from '../contiguity/index.js';
import { NAMES, type LeaseResult, type LeaseStatus } from '../domain/contract.js';
import { leaseId, TASK_QUEUE } from '../domain/ids.js';
import type { LeaseAccount, LeaseMemory, LeaseTerms, ManageLeaseInput } from '../domain/lease-input.js';
import { isLeasable, type Billing, type NumberRecord } from '../domain/number-record.js';
import {
  LEASE_EXPIRES_AT,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../domain/search-attributes.js';
import { termsOf } from '../domain/terms.js';
import { WORKER_PROFILE } from '../worker/profile.js';
import { Helper } from './helper.js';
import { countHistories } from './history-counts.js';
import type { Usage } from './process/serve.js';
import type { LedgerShown, SimulatorReady } from './process/simulator.js';
import type { Traffic } from './process/traffic.js';
import type { WorkerReady, WorkerSettings } from './process/worker.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { openNamespace, startServer, type Place, type Server } from './servers.js';
import { spreadOf } from './stats.js';
import { forEach, isSoWithin, within } from './waits.js';

interface Options {
  leases: number;
  expire: number;
  rate: number;
  cached: number;
  idle: number;
  lag: number;
  expireIn?: number;
}

/** A lease of the account, leased by hand. */
interface Held {
  record: NumberRecord;
  leaseId: string;
  billing: Billing;
}

/** A lease whose run is open. */
interface OpenLease {
  number: string;
  leaseId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** One value of the worker and one of the Temporal server. The latter is absent where its process cannot be read. */
interface Sides<T = number> {
  worker: T;
  server?: T;
}

/** Above the inventory's share of numbers that others hold or that cannot be leased. */
const NUMBERS_PER_LEASE = 1.15;
const SPARE_NUMBERS = 50;
const ROUND_TRIP_MS = 50;

/** A machine that opens leases more slowly is too busy to be measured. */
const MAX_OPEN_MS_PER_LEASE = 350;
const MIN_OPEN_LIMIT_MS = 60_000;
/** The time of this many leases predicts the time of the others, with this slack. */
const LEASES_TO_PREDICT = 100;
const PREDICTION_SLACK = 2;
const MAX_RESTART_MS = 2 * 60_000;
const SETTLE_MS = 30_000;
const EMPTY_MS = 15_000;
const HOLD_MS = 30 * 24 * 3_600_000;
const MAX_MEASUREMENT_MS = 6 * 3_600_000;

const KILL_LIMIT_MS = 10_000;
const START_LIMIT_MS = 120_000;
/** Above the time after which a worker stops by force. */
const STOP_LIMIT_MS = 60_000;

/** More would exceed the time limit of a start on a busy machine. */
const CONCURRENCY = 20;
const POLL_MS = 200;
/** Started; task scheduled, started and completed; timer started. */
const EVENTS_WHEN_WAITING = 5;

const QUERIED_LEASES = 50;
const QUERY_LIMIT_MS = 15_000;
const ALL_QUERIES_LIMIT_MS = 5 * 60_000;

/** Before the expiry nothing else may be under way for this long. */
const QUIET_MS = 5_000;
/** A read before the `DELETE`, the `DELETE`, and the proof. */
const CALLS_PER_RELEASE = 3;
/** Releases may take this many times what the rate allows, and the fixed time on top. */
const MAX_TIMES_RATE = 15;
const RELEASE_LIMIT_MS = 10 * 60_000;
/** The settle window of a request is a minute by default. */
const CLOSE_LIMIT_MS = 5 * 60_000;
const WATCH_MS = 500;
const PROGRESS_MS = 10_000;
const SAMPLED_HISTORIES = 20;
const MAX_VIOLATIONS_SHOWN = 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A server, a simulator and one worker that can be killed. */
class World {
  /** The account's own client, beside the worker's. */
  readonly api: Contiguity;

  private constructor(
    readonly server: Server,
    readonly place: Place,
    readonly simulator: Helper<SimulatorReady>,
    private readonly settings: WorkerSettings,
    public worker: Helper<WorkerReady>,
  ) {
    this.api = createContiguity(settings.api);
  }

  static async open({ leases, rate, lag, cached }: Options): Promise<World> {
    const server = await startServer((line) => void process.stderr.write(`${line}\n`));
    const place = await openNamespace(server);
    const simulator = await Helper.start<SimulatorReady>('simulator', {
      inventorySize: Math.ceil(leases * NUMBERS_PER_LEASE) + SPARE_NUMBERS,
      latencyMs: ROUND_TRIP_MS,
      termination: { minMs: lag / 2, maxMs: lag },
      rate,
    });
    const { url: baseUrl, apiKey } = simulator.ready;
    const settings: WorkerSettings = {
      way: 'product',
      address: server.address,
      namespace: place.namespace,
      taskQueue: TASK_QUEUE,
      api: { baseUrl, apiKey },
      apiRate: rate,
      maxCachedWorkflows: cached,
    };
    return new World(server, place, simulator, settings, await startWorker(settings));
  }

  async killWorker(): Promise<void> {
    const { pid } = this.worker.ready;
    process.kill(pid, 'SIGKILL');
    const isGone = await isSoWithin(KILL_LIMIT_MS, POLL_MS, () => Promise.resolve(!isAlive(pid)));
    if (!isGone) throw new Error(`the worker (process ${pid}) still runs after SIGKILL`);
  }

  async startWorker(): Promise<void> {
    this.worker = await startWorker(this.settings);
  }

  async usage(): Promise<Sides<Usage>> {
    const server = await this.server.usage();
    return { worker: await this.worker.usage(), ...(server && { server }) };
  }

  /** In percent of one core. */
  async cpuOver(spanMs: number): Promise<Sides> {
    const began = performance.now();
    const before = await this.usage();
    await sleep(spanMs);
    const after = await this.usage();
    const tookMs = performance.now() - began;
    return difference(before, after, ({ cpuMs }) => (100 * cpuMs) / tookMs);
  }

  async close(): Promise<void> {
    const { worker, simulator } = this;
    await stopWithin(STOP_LIMIT_MS, () => worker.ask('stop').then(() => worker.stop()));
    await stopWithin(STOP_LIMIT_MS, () => simulator.stop());
    await this.api.close();
    await this.place.close();
    await this.server.stop();
  }
}

function startWorker(settings: WorkerSettings): Promise<Helper<WorkerReady>> {
  return within(START_LIMIT_MS, 'the start of the worker', Helper.start<WorkerReady>('worker', settings));
}

/** A process that does not stop ends with this one. */
async function stopWithin(limitMs: number, stop: () => Promise<void>): Promise<void> {
  await within(limitMs, 'the stop', stop()).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function eachSide({ worker, server }: Sides<Usage>, of: (usage: Usage) => number): Sides {
  return { worker: of(worker), ...(server && { server: of(server) }) };
}

function difference(before: Sides<Usage>, after: Sides<Usage>, of: (usage: Usage) => number): Sides {
  const [from, to] = [eachSide(before, of), eachSide(after, of)];
  const server = from.server !== undefined && to.server !== undefined && to.server - from.server;
  return { worker: to.worker - from.worker, ...(server !== false && { server }) };
}

const rssMiB = (usage: Usage): number => usage.rssMiB;
const peakMiB = (usage: Usage): number => usage.peakMiB;

/** Gives whether every lease was released once or is still held. */
async function idle(options: Options): Promise<boolean> {
  const loadBefore = loadNow();
  const world = await World.open(options);
  try {
    const report = new Report();
    const violations = await within(MAX_MEASUREMENT_MS, 'the measurement', measure(world, options, report));
    const machine = machineNow(loadBefore);
    const { load } = machine;
    say(`\nMachine: ${machineInWords(machine)}, ${world.server.about}.`);
    say(`Load average before ${load.before}, after ${load.after}; everything runs on this one machine.`);
    report.print();
    say(`Lost, or owned twice: ${violations.length}`);
    for (const violation of violations.slice(0, MAX_VIOLATIONS_SHOWN)) say(`  ${violation}`);
    return violations.length === 0;
  } finally {
    await world.close();
  }
}

/** Rows in the order in which they were measured. */
class Report {
  private readonly usage = new Table({
    head: ['', 'worker', 'Temporal server'],
    style: { head: [], border: [] },
  });
  private readonly times = new Table({ head: ['', 'seconds'], style: { head: [], border: [] } });
  private readonly lines: string[] = [];

  sides(name: string, { worker, server }: Sides, digits = 0): void {
    this.usage.push([name, worker.toFixed(digits), server?.toFixed(digits) ?? '']);
  }

  time(name: string, seconds: number | undefined): void {
    this.times.push([name, seconds?.toFixed(1) ?? 'not in time']);
  }

  line(text: string): void {
    this.lines.push(text);
  }

  print(): void {
    say(this.usage.toString());
    say(this.times.toString());
    for (const line of this.lines) say(line);
  }
}

/** Gives the violations of the promise. */
async function measure(world: World, options: Options, report: Report): Promise<string[]> {
  await sleep(SETTLE_MS);
  report.sides('CPU without leases, % of one core', await world.cpuOver(EMPTY_MS), 1);
  const before = await world.usage();
  report.sides('memory without leases, MiB', eachSide(before, rssMiB));
  const { leases, expireAt } = await openAll(world, options, report);
  await sleep(SETTLE_MS);
  const after = await world.usage();
  const count = leases.length;
  report.sides(`memory with ${count} open, MiB`, eachSide(after, rssMiB));
  report.sides(
    'the same, KiB more for each lease',
    difference(before, after, (usage) => (usage.rssMiB * 1_024) / count),
    1,
  );
  report.sides(
    'CPU for opening a lease, ms',
    difference(before, after, ({ cpuMs }) => cpuMs / count),
    1,
  );
  report.line(
    `Runs in the worker's cache: ${await world.worker.ask<number>('cached')} of ${options.cached}.`,
  );
  report.line(`History of an open lease: ${kib(await historyBytes(world, leases[0]))}.`);
  say('Idle now');
  report.sides(`CPU while ${count} are idle, % of one core`, await world.cpuOver(options.idle), 1);
  report.sides('peak before the kill, MiB', eachSide(await world.usage(), peakMiB));
  await crash(world, leases, report);
  return expire(world, { leases, expireAt, options }, report);
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

async function historyBytes({ place }: World, lease: OpenLease | undefined): Promise<number> {
  const run = place.client.workflow.getHandle(leaseId(lease?.number ?? ''));
  return (await run.describe()).historySize ?? 0;
}

/** Opens the leases that do not expire first: their time tells how far ahead the expiry of the others must be. */
async function openAll(
  world: World,
  options: Options,
  report: Report,
): Promise<{ leases: OpenLease[]; expireAt: number }> {
  const held = await leaseByHand(world, options.leases);
  const { early, late } = divide(held, options.expire);
  say(`Opening ${held.length} leases`);
  const holdUntil = Date.now() + HOLD_MS;
  const first = await openRuns(world, late, holdUntil);
  const msPerLease =
    late.length < LEASES_TO_PREDICT
      ? MAX_OPEN_MS_PER_LEASE
      : (PREDICTION_SLACK * first.waitingS * 1_000) / late.length;
  const expectedMs = options.idle + MAX_RESTART_MS + early.length * msPerLease;
  const expireAt = Date.now() + (options.expireIn ?? expectedMs);
  const second = await openRuns(world, early, expireAt);
  report.time(`${held.length} runs are started`, first.startedS + second.startedS);
  report.time('each of them waits for its deadline', first.waitingS + second.waitingS);
  const openLease = (expiresAt: number) => (each: Held) => ({
    number: each.record.number,
    leaseId: each.leaseId,
    expiresAt,
  });
  return { leases: [...late.map(openLease(holdUntil)), ...early.map(openLease(expireAt))], expireAt };
}

/** Spreads those that expire early evenly over all. */
function divide(held: readonly Held[], expire: number): { early: Held[]; late: Held[] } {
  const upTo = (count: number) => Math.floor((count * expire) / held.length);
  const isEarly = (_: Held, index: number) => upTo(index + 1) > upTo(index);
  return {
    early: held.filter(isEarly),
    late: held.filter((each, index) => !isEarly(each, index)),
  };
}

async function leaseByHand({ api, simulator }: World, count: number): Promise<Held[]> {
  const { data: available } = await api.lease.available();
  const free = available.filter(isLeasable).slice(0, count);
  if (free.length < count)
    throw new Error(`the simulator has ${free.length} free numbers for ${count} leases`);
  const numbers = free.map(({ number }) => number);
  await simulator.ask<string[]>('leaseByHand', numbers);
  const { data: leased } = await api.lease.leased();
  return leased.map((record) => {
    const { lease, pricing } = record;
    if (!lease?.billing) throw new Error(`${record.number} shows no lease with its billing`);
    const billing = { ...lease.billing, ...(pricing && { price: pricing }) };
    return { record, leaseId: lease.leaseId, billing };
  });
}

/** Opens a run for each lease; gives the seconds until all were started, and until all waited for their deadlines. */
async function openRuns(world: World, held: readonly Held[], expiresAt: number) {
  const { account } = world.api;
  const limitMs = MIN_OPEN_LIMIT_MS + held.length * MAX_OPEN_MS_PER_LEASE;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  const checkTime = () => {
    if (performance.now() - began > limitMs)
      throw new Error(`opening ${held.length} leases took longer than ${Math.round(limitMs / 1_000)} s`);
  };
  await forEach(held, CONCURRENCY, (lease) => {
    checkTime();
    return startRun(world, lease, expiresAt, account);
  });
  const startedS = seconds();
  await forEach(held, CONCURRENCY, async ({ record }) => {
    while (!(await isWaiting(world, record.number))) {
      checkTime();
      await sleep(POLL_MS);
    }
  });
  return { startedS, waitingS: seconds() };
}

async function startRun(
  { place }: World,
  held: Held,
  expiresAt: number,
  account: LeaseAccount,
): Promise<void> {
  const input = inputOf(held, expiresAt, account);
  const { price } = held.billing;
  await place.client.workflow.start<ManageLease>(NAMES.manageLease, {
    ...startOptions(input, TASK_QUEUE),
    typedSearchAttributes: [
      { key: LEASE_STATE, value: 'active' },
      { key: LEASE_NUMBER, value: held.record.number },
      { key: LEASE_REFERENCE, value: input.reference },
      { key: LEASE_EXPIRES_AT, value: new Date(expiresAt) },
      ...(price ? [{ key: LEASE_MONTHLY_RATE, value: price.monthlyRate }] : []),
    ],
  });
}

async function isWaiting({ place }: World, number: string): Promise<boolean> {
  const { historyLength } = await place.client.workflow.getHandle(leaseId(number)).describe();
  return historyLength >= EVENTS_WHEN_WAITING;
}

/** The input with which a run of `manageLease` continues as new while its lease is active. */
function inputOf(held: Held, expiresAt: number, account: LeaseAccount): ManageLeaseInput {
  const { record } = held;
  const now = Date.now();
  const reference = `idle/${record.number}`;
  const terms = termsOf({ reference, until: new Date(expiresAt).toISOString() });
  return {
    reference,
    provisionRunId: randomUUID(),
    offer: offer(record, now),
    account,
    terms,
    messages: [],
    carried: memoryOf({ held, expiresAt, reference, account, terms, now }),
  };
}

interface Remembered {
  held: Held;
  expiresAt: number;
  reference: string;
  account: LeaseAccount;
  terms: LeaseTerms;
  now: number;
}

/** What a run knows once its lease is verified and nothing was sent. */
function memoryOf({ held, expiresAt, reference, account, terms, now }: Remembered): LeaseMemory {
  const { record, leaseId, billing } = held;
  const at = new Date(now).toISOString();
  const lease = {
    reference,
    number: record.number,
    leaseId,
    status: 'active',
    billing,
    leasedAt: at,
  } as const;
  return {
    phase: 'active',
    account,
    lease: { leaseId, billing, knownAt: now },
    leasedAt: now,
    expiresAt,
    acquired: { outcome: 'leased', lease },
    startedAt: now,
    failedCalls: 0,
    calls: {
      freeBefore: true,
      mayHaveActed: true,
      unexplained: false,
      mayActUntil: now + terms.settleWindowMs,
    },
    terminateDoubtUntil: 0,
    queue: [],
    messages: [],
    counts: { queued: 0, sent: 0, unknown: 0, refused: 0 },
    troubles: {},
    vendorTime: now,
    doubts: [],
    substituted: false,
    pacing: { tokens: terms.pacing.burst, at: now },
    awaited: [],
    announced: 0,
    optOuts: {},
    polls: 0,
    log: [
      { at, text: `leased as ${leaseId}` },
      { at, text: 'verified: the lease is active' },
    ],
  };
}

/** Kills the worker, and measures how long until a new one answers for the leases. */
async function crash(world: World, leases: readonly OpenLease[], report: Report): Promise<void> {
  say('Killing the worker');
  await world.killWorker();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  await world.startWorker();
  report.time('killed: a new worker is ready', seconds());
  const step = Math.max(1, Math.floor(leases.length / QUERIED_LEASES));
  const queried = leases.filter((_, index) => index % step === 0).slice(0, QUERIED_LEASES);
  const [first] = queried;
  if (first) await queryUntilAnswered(world, first);
  report.time('killed: the first lease has answered', seconds());
  await forEach(queried, queried.length, (lease) => queryUntilAnswered(world, lease));
  report.time(`killed: ${queried.length} leases have answered`, seconds());
  report.sides('memory after the kill and the queries, MiB', eachSide(await world.usage(), rssMiB));
}

async function queryUntilAnswered({ place }: World, { number }: OpenLease): Promise<void> {
  const run = place.client.workflow.getHandle(leaseId(number));
  const query = () => run.query<LeaseStatus>(NAMES.status);
  const until = performance.now() + ALL_QUERIES_LIMIT_MS;
  for (;;) {
    try {
      const { state } = await place.client.withDeadline(Date.now() + QUERY_LIMIT_MS, query);
      if (state !== 'active') throw new Error(`${number} is ${state} after the crash, not active`);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(POLL_MS);
    }
  }
}

interface Expiry {
  leases: readonly OpenLease[];
  expireAt: number;
  options: Options;
}

/** Waits for the expiry of many leases at one instant; gives the violations of the promise. */
async function expire(world: World, plan: Expiry, report: Report): Promise<string[]> {
  const { expireAt, leases, options } = plan;
  const { rate } = options;
  const expiring = leases.filter(({ expiresAt }) => expiresAt === expireAt);
  const left = expireAt - Date.now() - QUIET_MS;
  if (left < 0) throw new Error('the leases expire before everything else was over: give --expire-in');
  say(`Waiting ${Math.round(left / 1_000)} s for the expiry of ${expiring.length} leases`);
  await sleep(left);
  await world.simulator.ask<Traffic>('traffic');
  const before = await world.usage();
  await sleep(Math.max(0, expireAt - Date.now()));
  const isClosed = await watch(world, plan, expiring.length, report);
  const traffic = await world.simulator.ask<Traffic>('traffic');
  const after = await world.usage();
  const ledger = await world.simulator.ask<LedgerShown>('ledger');
  const results = await forEach(expiring, CONCURRENCY, (lease) => resultOf(world, lease));
  report.sides(
    'CPU for one that expires, ms',
    difference(before, after, ({ cpuMs }) => cpuMs / expiring.length),
    1,
  );
  report.sides('peak with the expiry, MiB', eachSide(after, peakMiB));
  report.line(
    `Expiry: ${traffic.calls} API calls, ${traffic.mostASecond} in the busiest second (${rate} are allowed), ` +
      `${traffic.refused} answers of 429; ${(traffic.calls / expiring.length).toFixed(2)} calls a lease.`,
  );
  const delays = proofDelays(ledger, results);
  if (delays.length > 0) {
    const { median, max } = spreadOf(delays);
    report.line(
      `A release was proven ${median.toFixed(1)} s after it happened (median; longest ${max.toFixed(1)} s).`,
    );
  }
  if (isClosed) report.line(await historyOf(world, expiring));
  return [...violationsOf(plan, ledger, results), ...(await strayRuns(world, plan))];
}

/** Gives whether all runs were closed in time. Times count from the instant of the expiry. */
async function watch(
  { simulator, place }: World,
  { leases, expireAt, options }: Expiry,
  expiring: number,
  report: Report,
): Promise<boolean> {
  const seconds = () => (Date.now() - expireAt) / 1_000;
  const rateS = (expiring * CALLS_PER_RELEASE) / options.rate;
  let halfS: number | undefined;
  let shownAt = Date.now();
  const areReleased = async () => {
    const released = leases.length - (await simulator.ask<number>('open'));
    if (released >= expiring / 2) halfS ??= seconds();
    if (Date.now() - shownAt >= PROGRESS_MS) {
      shownAt = Date.now();
      say(`${Math.round(seconds())} s: ${released} of ${expiring} are released`);
    }
    return released >= expiring;
  };
  const areClosed = async () => {
    const { count } = await place.client.workflow.count(`${RUNS} AND ExecutionStatus = 'Running'`);
    return count <= leases.length - expiring;
  };
  const limitMs = RELEASE_LIMIT_MS + options.lag + MAX_TIMES_RATE * rateS * 1_000;
  const allReleased = await isSoWithin(limitMs, WATCH_MS, areReleased);
  report.time(`${expiring} expire: half of them are released`, halfS);
  report.time('all of them are released', allReleased ? seconds() : undefined);
  report.time('what the rate allows for that', rateS);
  const allClosed = allReleased && (await isSoWithin(CLOSE_LIMIT_MS + rateS * 1_000, WATCH_MS, areClosed));
  report.time('all of their runs are closed', allClosed ? seconds() : undefined);
  return allClosed;
}

const RUNS = `WorkflowType = 'manageLease' AND TaskQueue = '${TASK_QUEUE}'`;

/** Undefined where the run is still open, or was ended from outside. */
async function resultOf({ place }: World, { number }: OpenLease): Promise<LeaseResult | undefined> {
  const run = place.client.workflow.getHandle(leaseId(number));
  const { status } = await run.describe();
  return status.name === 'COMPLETED' ? ((await run.result()) as LeaseResult) : undefined;
}

/** Seconds from each release at the vendor until its run had proven it. */
function proofDelays({ released }: LedgerShown, results: readonly (LeaseResult | undefined)[]): number[] {
  const releasedAt = new Map(released.map(({ leaseId, at }) => [leaseId, at]));
  return results.flatMap((result) => {
    const at = releasedAt.get(result?.leaseId ?? '');
    return at === undefined || !result?.releasedAt ? [] : [(Date.parse(result.releasedAt) - at) / 1_000];
  });
}

/** Each lease that expired was released once by its own run; each other one is held; nothing else was leased. */
function violationsOf(
  { leases, expireAt }: Expiry,
  ledger: LedgerShown,
  results: readonly (LeaseResult | undefined)[],
): string[] {
  const open = new Map(ledger.open.map(({ number, leaseId }) => [number, leaseId]));
  const releases = new Map<string, number>();
  for (const { leaseId } of ledger.released) releases.set(leaseId, (releases.get(leaseId) ?? 0) + 1);
  const proven = new Map(results.map((result) => [result?.leaseId, result]));
  const violations = leases.flatMap(({ number, leaseId, expiresAt }) => {
    if (expiresAt !== expireAt)
      return open.get(number) === leaseId
        ? []
        : [`${number}: its lease ${leaseId} is to be held and is not open`];
    if (releases.get(leaseId) !== 1 || open.has(number)) return [`${number} has expired and is not released`];
    const { reason, releasedBy, releasedAt } = proven.get(leaseId) ?? {};
    if (reason === 'expired' && releasedBy === 'us' && releasedAt) return [];
    return [`the run of ${number} has no proof of the release of its lease ${leaseId}`];
  });
  return [...violations, ...ledger.leasedByApi.map(({ number }) => `${number} was leased without a request`)];
}

/** The open runs are those of the leases that are to be held, one each; the others have ended by themselves. */
async function strayRuns({ place }: World, { leases, expireAt }: Expiry): Promise<string[]> {
  const held = new Set(
    leases.filter(({ expiresAt }) => expiresAt !== expireAt).map(({ number }) => leaseId(number)),
  );
  const strays: string[] = [];
  for await (const { workflowId, status } of place.client.workflow.list({ query: RUNS })) {
    if (status.name === 'RUNNING' && !held.delete(workflowId)) strays.push(`${workflowId} is open`);
    if (status.name !== 'RUNNING' && status.name !== 'COMPLETED')
      strays.push(`${workflowId} is ${status.name}`);
  }
  return [...strays, ...[...held].map((id) => `${id} is not open, and its lease is to be held`)];
}

/** Of leases that expired, from their first run on. */
async function historyOf({ place }: World, expired: readonly OpenLease[]): Promise<string> {
  const runs = expired
    .slice(0, SAMPLED_HISTORIES)
    .map(({ number }) => place.client.workflow.getHandle(leaseId(number)));
  const counts = await forEach(runs, CONCURRENCY, async (run) => countHistories([await run.fetchHistory()]));
  const sizes = await forEach(runs, CONCURRENCY, async (run) => (await run.describe()).historySize ?? 0);
  const events = spreadOf(counts.map((count) => count.events)).median;
  const actions = spreadOf(counts.map((count) => count.actions)).median;
  return `History of one that expired: ${kib(spreadOf(sizes).median)}, ${events} events, ${actions} actions.`;
}

export const idleCommand = new Command('idle')
  .description('Thousands of open leases on one worker: idle, after a crash, and when many expire at once')
  .option('--leases <count>', 'that are open', parseCount, 10_000)
  .option('--expire <count>', 'of them, that expire at one instant', parseCount, 1_000)
  .option('--rate <count>', 'API calls a second', parseCount, 50)
  .option(
    '--cached <count>',
    'runs that the worker keeps in memory',
    parseCount,
    WORKER_PROFILE.maxCachedWorkflows,
  )
  .option('--idle <time>', 'how long the CPU of idle leases is measured', parseTime, 60_000)
  .option('--lag <time>', 'that a release takes at the vendor; some take half of it', parseTime, 2_000)
  .option(
    '--expire-in <time>',
    'from the opening of the last ones to the expiry (default: as long as everything before it takes)',
    parseTime,
  )
  .action(async (options: Options) => {
    if (options.expire > options.leases)
      idleCommand.error(`--expire ${options.expire} is more than there are leases`);
    process.exitCode = (await idle(options)) ? 0 : 1;
  });
