/** `npm run idle`: thousands of open leases on one worker: what they take, after a crash and when many expire at once. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parseCount } from '../client/cli/command.js';
import { DURATION_HINT, parseDuration } from '../domain/duration.js';
import { leaseId } from '../domain/ids.js';
import { ROOT } from '../embedded/project.js';
import { WORKER_PROFILE } from '../worker/profile.js';
import { crash } from './idle-crash.js';
import { massExpiry } from './idle-expiry.js';
import { leaseByHand, openRuns, type Held, type IdleLease } from './idle-leases.js';
import { linesOf, tablesOf, type IdleResults } from './idle-report.js';
import { IdleWorld, residentOf, sides, type Sides } from './idle-world.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { within } from './waits.js';

interface Options {
  leases: number;
  expire: number;
  rate: number;
  cached: number;
  idle: number;
  lag: number;
  expireIn?: number;
  out?: string;
}

/** A machine that opens them more slowly is too busy to be measured. */
const SLOWEST_LEASE_MS = 350;
const OPENED_WITHIN_MS_AT_LEAST = 60_000;
/** So many tell how long the others will take; those may take longer. */
const TELLING = 100;
const SLACK = 2;
/** For the kill, and until what is under way is over. */
const RESTARTED_WITHIN_MS = 2 * 60_000;
/** After something was done, before it is looked at. */
const REST_MS = 30_000;
const EMPTY_MS = 15_000;
/** Those that do not expire meanwhile. */
const HELD_FOR_MS = 30 * 24 * 3_600_000;
/** Whatever hangs. */
const WHOLE_WITHIN_MS = 6 * 3_600_000;
const KIB_A_MIB = 1_024;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function idle(options: Options): Promise<boolean> {
  const { leases, expire, rate, cached, lag: lagMs } = options;
  const loadBefore = loadNow();
  const world = await IdleWorld.open({ leases, rate, lagMs, maxCachedWorkflows: cached });
  try {
    const measured = await within(WHOLE_WITHIN_MS, 'the measurement', measure(world, options));
    const machine = machineNow(loadBefore);
    const results: IdleResults = {
      format: 1,
      takenAt: new Date().toISOString(),
      machine,
      server: world.server.about,
      options: { leases, expire, rate, cached, idleMs: options.idle, lagMs },
      ...measured,
    };
    print(results);
    if (options.out !== undefined) await write(join(ROOT, options.out), results);
    return results.expiry.violations.length === 0;
  } finally {
    await world.close();
  }
}

type Measured = Pick<IdleResults, 'empty' | 'open' | 'idle' | 'restart' | 'expiry'>;

async function measure(world: IdleWorld, options: Options): Promise<Measured> {
  await sleep(REST_MS);
  const cpuPercent = await world.cpuOver(EMPTY_MS);
  const before = await world.usage();
  const { leases, expireAt, ...times } = await openAll(world, options);
  await sleep(REST_MS);
  const after = await world.usage();
  say(`All of them wait for their deadlines after ${times.waitingS.toFixed(1)} s; idle now`);
  const { length: count } = leases;
  const open = {
    ...times,
    rssMiB: residentOf(after),
    kibALease: sides(before, after, (from, to) => ((to.rssMiB - from.rssMiB) * KIB_A_MIB) / count),
    cpuMs: sides(before, after, (from, to) => (to.cpuMs - from.cpuMs) / count),
    cached: await world.worker.ask<number>('cached'),
    historyBytes: await historyBytes(world, leases[0]),
  };
  const idle = { cpuPercent: await world.cpuOver(options.idle), peakMiB: await peak(world) };
  say('Killing the worker');
  const restart = await crash(world, leases);
  say(`A new one was ready after ${restart.readyS.toFixed(1)} s`);
  const { rate, lag: lagMs } = options;
  const expiry = await massExpiry(world, { leases, expireAt, rate, lagMs, report: say });
  return { empty: { rssMiB: residentOf(before), cpuPercent }, open, idle, restart, expiry };
}

/** First those that do not expire: how long they take tells how far ahead the expiry of the others has to be. */
async function openAll(world: IdleWorld, options: Options) {
  const held = await leaseByHand(world, options.leases);
  const { early, late } = divide(held, options.expire);
  say(`Opening ${held.length} leases`);
  const heldUntil = Date.now() + HELD_FOR_MS;
  const first = await openRuns(world, late, { expiresAt: heldUntil, limitMs: openLimitMs(late) });
  const leaseMs = late.length < TELLING ? SLOWEST_LEASE_MS : SLACK * ((first.waitingS * 1_000) / late.length);
  const expectedMs = options.idle + RESTARTED_WITHIN_MS + early.length * leaseMs;
  const expireAt = Date.now() + (options.expireIn ?? expectedMs);
  const second = await openRuns(world, early, { expiresAt: expireAt, limitMs: openLimitMs(early) });
  const lease = (expiresAt: number) => (each: Held) => ({
    number: each.record.number,
    leaseId: each.leaseId,
    expiresAt,
  });
  return {
    leases: [...late.map(lease(heldUntil)), ...early.map(lease(expireAt))],
    expireAt,
    startedS: first.startedS + second.startedS,
    waitingS: first.waitingS + second.waitingS,
  };
}

/** Those that expire early are spread evenly over all. */
function divide(held: readonly Held[], expire: number): { early: Held[]; late: Held[] } {
  const upTo = (count: number) => Math.floor((count * expire) / held.length);
  const isEarly = (_: Held, index: number) => upTo(index + 1) > upTo(index);
  return {
    early: held.filter(isEarly),
    late: held.filter((each, index) => !isEarly(each, index)),
  };
}

function openLimitMs({ length }: readonly Held[]): number {
  return OPENED_WITHIN_MS_AT_LEAST + length * SLOWEST_LEASE_MS;
}

async function peak(world: IdleWorld): Promise<Sides> {
  const usage = await world.usage();
  return sides(usage, usage, (_, { peakMiB }) => peakMiB);
}

async function historyBytes({ place }: IdleWorld, lease: IdleLease | undefined): Promise<number> {
  const run = place.client.workflow.getHandle(leaseId(lease?.number ?? ''));
  return (await run.describe()).historySize ?? 0;
}

function print(results: IdleResults): void {
  const { machine, server } = results;
  say('');
  say(`Machine: ${machineInWords(machine)}, ${server}.`);
  say(
    `Load average before ${machine.load.before}, after ${machine.load.after}; everything runs on this one machine.`,
  );
  say(tablesOf(results));
  for (const line of linesOf(results)) say(line);
}

async function write(file: string, results: IdleResults): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results)}\n`);
  say(`written: ${file}`);
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError(`must be ${DURATION_HINT}`);
  return value;
}

const command = new Command('idle')
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
  .option('--idle <time>', 'how long the CPU of idle leases is measured', duration, 60_000)
  .option('--lag <time>', 'that a release takes at the vendor; some take half of it', duration, 2_000)
  .option(
    '--expire-in <time>',
    'from the opening of the last ones to the expiry (default: as long as everything before it takes)',
    duration,
  )
  .option('--out <file>', 'where the results go as JSON, such as bench/results/idle.json');
const options = command.parse().opts<Options>();
if (options.expire > options.leases)
  command.error(`--expire ${options.expire} is more than there are leases`);
process.exitCode = (await idle(options)) ? 0 : 1;
process.exit();
