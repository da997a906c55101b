/** `npm run bench -- many`: a thousand numbers by one call against a faulty API, held against the simulator's ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { parseCount } from '../client/cli/command.js';
import { Leasehold, type Batch, type BatchReport, type ManyRequest } from '../client/index.js';
import { leaseId, manyId, TASK_QUEUE } from '../domain/ids.js';
import { FAULT_PROFILES, seededFaults, type FaultProfile } from '../simulator/fault-profiles.js';
import { startSimulator, type Simulator } from '../simulator/index.js';
import { Helper } from './helper.js';
import type { WorkerSettings } from './process/worker.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { openNamespace, startServer, type Place } from './servers.js';

interface Options {
  items: number;
  window: number;
  seed: number;
  profile: FaultProfile;
}

interface World {
  place: Place;
  simulator: Simulator;
  leasehold: Leasehold;
}

const REFERENCE = 'thousand';
/** An item may fail under faults, as a search that met a 403; asked for again, the batch goes on with it. */
const GOES_AT_MOST = 5;
const SLOW_MS = 200;
const LOOK_EVERY_MS = 5_000;
/** Above the settle window: by then nothing is under way any more, and what nobody wanted is given back. */
const SETTLED_WITHIN_MS = 5 * 60_000;
const AT_ONCE = 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function many(options: Options): Promise<boolean> {
  const loadBefore = loadNow();
  const faults = seededFaults(options.seed, options.profile, { slowMs: SLOW_MS });
  const termination = { minMs: 1_000, maxMs: 5_000 };
  const inventorySize = options.items * 2 + 50;
  const simulator = await startSimulator({ seed: options.seed, inventorySize, termination, faults });
  const server = await startServer((line) => void process.stderr.write(`${line}\n`));
  const place = await openNamespace(server);
  const worker = await Helper.start('worker', {
    way: 'product',
    address: server.address,
    namespace: place.namespace,
    taskQueue: TASK_QUEUE,
    api: { baseUrl: simulator.url, apiKey: simulator.apiKey },
  } satisfies WorkerSettings);
  try {
    const world = { place, simulator, leasehold: new Leasehold(place.client, { taskQueue: TASK_QUEUE }, {}) };
    const { report, seconds, goes } = await leaseAll(world, options);
    faults.stop();
    const settled = await settle(world, report);
    const violations = [...settled, ...(await violationsOf(world, report))];
    const faulty = Object.values(faults.counts()).reduce((sum, count) => sum + count, 0);
    const calls = Object.values(simulator.controls.calls()).reduce((sum, count) => sum + count, 0);
    const machine = machineNow(loadBefore);
    const { load } = machine;
    say('');
    say(`Machine: ${machineInWords(machine)}, ${server.about}.`);
    say(`Load average before ${load.before}, after ${load.after}.`);
    say(
      `Items: ${options.items}, window ${options.window}, ${goes} ${goes > 1 ? 'goes' : 'go'}, ${seconds} s.`,
    );
    say(`Outcomes: ${JSON.stringify(report.counts)}`);
    say(
      `API calls: ${calls}, of which ${faulty} went wrong (profile ${options.profile}, seed ${options.seed}).`,
    );
    for (const line of await historiesOf(place)) say(line);
    say(`Peak memory of the worker: ${Math.round((await worker.usage()).peakMiB)} MiB.`);
    say(`Orphans and other violations: ${violations.length}`);
    for (const violation of violations) say(`  ${violation}`);
    return violations.length === 0;
  } finally {
    await worker.ask('stop').catch(() => undefined);
    await worker.stop();
    await place.close();
    await server.stop();
    await simulator.close();
  }
}

async function leaseAll({ leasehold }: World, options: Options) {
  const request: ManyRequest = {
    reference: REFERENCE,
    count: options.items,
    window: options.window,
    criteria: { allowRequirements: [] },
  };
  const began = Date.now();
  for (let goes = 1; ; goes += 1) {
    const batch = await leasehold.startProvisionMany(request);
    const report = await watch(batch, began);
    if (report.stopped) say(`Stopped (${report.stopped.why}): ${report.stopped.message}`);
    if (report.counts.leased === options.items || goes === GOES_AT_MOST)
      return { report, goes, seconds: Math.round((Date.now() - began) / 1_000) };
    for (const { item, failure } of report.failures) say(`Item ${item}: ${failure.type}: ${failure.message}`);
  }
}

async function watch(batch: Batch, began: number): Promise<BatchReport> {
  let over = false;
  const result = batch.result().finally(() => (over = true));
  const isOver = (): boolean => over;
  while (!isOver()) {
    await Promise.race([sleep(LOOK_EVERY_MS), result]);
    const seen = isOver() ? undefined : await batch.progress().catch(() => undefined);
    if (seen) say(`${Math.round((Date.now() - began) / 1_000)} s: ${JSON.stringify(seen.counts)}`);
  }
  return result;
}

/** Until the account leases nothing but what the batch says. */
async function settle({ simulator }: World, report: BatchReport): Promise<string[]> {
  const until = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const { open } = await simulator.controls.ledger();
    const wanted = new Set(numbersOf(report));
    const others = open.filter(({ number }) => !wanted.has(number));
    if (others.length === 0) return [];
    if (Date.now() > until) return others.map(({ number }) => `${number} is leased and is no item's`);
    await sleep(1_000);
  }
}

/** Each number that the account leases has one run that owns it, and each item has its own. */
async function violationsOf({ simulator, place }: World, report: BatchReport): Promise<string[]> {
  const { open } = await simulator.controls.ledger();
  const numbers = numbersOf(report);
  const held = new Set(open.map(({ number }) => number));
  const owners = new Map<string, string>();
  const queue = open.map(({ number }) => number);
  const look = async (): Promise<void> => {
    for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
      const run = await place.client.workflow.getHandle(leaseId(number)).describe();
      const reference: unknown = run.memo?.['reference'];
      owners.set(number, run.status.name === 'RUNNING' ? String(reference) : 'nobody');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return [
    ...report.items.flatMap(({ reference, state, number = '' }) =>
      state !== 'leased'
        ? [`${reference} is ${state}`]
        : owners.get(number) === reference
          ? []
          : [`${reference} has ${number}, which is owned by ${owners.get(number) ?? 'nobody'}`],
    ),
    ...numbers.filter((number) => !held.has(number)).map((number) => `${number} is not leased`),
    ...(new Set(numbers).size === numbers.length ? [] : ['a number is two items']),
    ...(open.length === numbers.length ? [] : [`${open.length} leases for ${numbers.length} items`]),
  ];
}

function numbersOf({ items }: BatchReport): string[] {
  return items.flatMap(({ number }) => number ?? []);
}

/** Of all runs that the batch went on in; Temporal ends a run at 51,200 events or 50 MB. */
async function historiesOf({ client }: Place): Promise<string[]> {
  const lines: string[] = [];
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${manyId(REFERENCE)}'` })) {
    const run = await client.workflow.getHandle(manyId(REFERENCE), runId).describe();
    const kilobytes = Math.round((run.historySize ?? 0) / 1_000);
    lines.push(`Run of the batch: ${run.historyLength} events, ${kilobytes} kB, ${run.status.name}.`);
  }
  return lines.reverse();
}

const profiles = Object.keys(FAULT_PROFILES);
export const manyCommand = new Command('many')
  .description('Lease many numbers by one call against a faulty API, and look for orphans')
  .option('--items <count>', 'numbers to lease', parseCount, 1_000)
  .option('--window <count>', 'under way at a time', parseCount, 50)
  .option('--seed <number>', 'what the faults are drawn from', parseCount, 1)
  .addOption(new Option('--profile <name>', 'how many faults').choices(profiles).default('light'))
  .action(async (options: Options) => {
    process.exitCode = (await many(options)) ? 0 : 1;
  });
