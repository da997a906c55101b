/** `npm run bench -- load`: many clients at once on one gateway: what they wait, what fails, what memory it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import Table from 'cli-table3';
import { parseCount, parseTime } from '../client/cli/command.js';
import { formatDuration } from '../domain/duration.js';
import { TASK_QUEUE } from '../domain/ids.js';
import { Helper } from './helper.js';
import { Calls } from './load-calls.js';
import type { GatewayReady, GatewaySettings, Memory } from './process/gateway.js';
import type { SimulatorReady } from './process/simulator.js';
import type { WorkerSettings } from './process/worker.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { openNamespace, startServer } from './servers.js';

interface Options {
  clients: number;
  duration: number;
  rate: number;
  concurrency: number;
}

/** More than are held, or on their way back, at a time. */
const INVENTORY = 2_000;
const TO = '+12025550123';
/** After the last call, so that what is over is let go. */
const REST_MS = 3_000;
const LOOK_EVERY_MS = 10_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function load(options: Options): Promise<boolean> {
  const loadBefore = loadNow();
  const server = await startServer((line) => void process.stderr.write(`${line}\n`));
  const place = await openNamespace(server);
  const where = { address: server.address, namespace: place.namespace, taskQueue: TASK_QUEUE };
  const simulator = await Helper.start<SimulatorReady>('simulator', {
    inventorySize: INVENTORY,
    termination: { minMs: 1_000, maxMs: 5_000 },
  });
  const { url: baseUrl, apiKey } = simulator.ready;
  const api = { baseUrl, apiKey };
  const worker = await Helper.start('worker', { way: 'product', ...where, api } satisfies WorkerSettings);
  const { rate, concurrency } = options;
  const gateway = await Helper.start<GatewayReady>('gateway', {
    ...where,
    rate,
    concurrency,
  } satisfies GatewaySettings);
  const calls = new Calls(gateway.ready.url, gateway.ready.key);
  try {
    await life(calls, 'the first one warms up');
    calls.times.clear();
    const before = await gateway.ask<Memory>('memory');
    const lives = await allClients(calls, options);
    await sleep(REST_MS);
    const after = await gateway.ask<Memory>('memory');
    const { peakMiB } = await gateway.usage();
    const machine = machineNow(loadBefore);
    say('');
    say(`Machine: ${machineInWords(machine)}, ${server.about}.`);
    say(
      `Load average before ${machine.load.before}, after ${machine.load.after}; everything runs on this one machine.`,
    );
    say(`${options.clients} clients for ${formatDuration(options.duration)}: ${lives} lives.`);
    say(tableOf(calls.times));
    say(`Memory of the gateway before: ${inWords(before)}; after: ${inWords(after)}; peak ${mib(peakMiB)}.`);
    say(`Stated limits met: ${listOf(calls.limits)}`);
    say(`Errors: ${listOf(calls.errors)}`);
    return calls.errors.size === 0 && lives > 0;
  } finally {
    await gateway.ask('stop').catch(() => undefined);
    await gateway.stop();
    await worker.ask('stop').catch(() => undefined);
    await worker.stop();
    await simulator.stop();
    await place.close();
    await server.stop();
  }
}

/** How many lives were led to their end. */
async function allClients(calls: Calls, { clients, duration }: Options): Promise<number> {
  const until = Date.now() + duration;
  let lives = 0;
  const client = async (name: number): Promise<void> => {
    for (let turn = 1; Date.now() < until; turn += 1) {
      const done = await life(calls, `client-${name}/${turn}`);
      if (done) lives += 1;
    }
  };
  const looks = setInterval(() => say(`${lives} lives, ${calls.errors.size} kinds of errors`), LOOK_EVERY_MS);
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index + 1)));
  clearInterval(looks);
  return lives;
}

/** All that a service does with a number. Whether every call of it was answered. */
async function life(calls: Calls, reference: string): Promise<boolean> {
  const number = await provision(calls, reference);
  if (number === undefined) return false;
  const path = `/v1/leases/${number}`;
  const text = { id: 'm1', to: TO, message: 'Hello' };
  const answers = [
    await calls.ask('read', 'GET', path),
    await calls.ask('send', 'POST', `${path}/messages`, text),
    await calls.ask('list', 'GET', `/v1/leases?limit=10&reference=${encodeURIComponent(reference)}`),
    await calls.ask('extend', 'POST', `${path}/extend`, { term: '1 hour' }),
    await calls.ask('terminate', 'POST', `${path}/terminate`, {}),
  ];
  return answers.every((answer) => answer !== undefined);
}

async function provision(calls: Calls, reference: string): Promise<string | undefined> {
  interface Provisioned {
    number?: string;
  }
  const request = { reference, term: '1 hour', criteria: { allowRequirements: [] } };
  const begun = await calls.ask<Provisioned>('provision', 'POST', '/v1/leases?wait=60s', request);
  if (!begun) return undefined;
  let { number } = begun;
  while (number === undefined) {
    const path = `/v1/provisions/${encodeURIComponent(reference)}?wait=60s`;
    const seen = await calls.ask<Provisioned & { state: string }>('look', 'GET', path);
    if (!seen || seen.state === 'failed') return undefined;
    number = seen.number;
  }
  return number;
}

function tableOf(times: Map<string, number[]>): string {
  const table = new Table({
    head: ['call', 'calls', 'p50 ms', 'p99 ms', 'longest ms'],
    style: { head: [], border: [] },
  });
  for (const [operation, all] of times) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (part: number): string => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
      return value === undefined ? '' : value.toFixed(0);
    };
    table.push([operation, sorted.length, at(0.5), at(0.99), at(1)]);
  }
  return table.toString();
}

function inWords({ rssMiB, heapMiB }: Memory): string {
  return `${mib(rssMiB)} resident, ${mib(heapMiB)} of objects`;
}

function mib(value: number): string {
  return `${Math.round(value)} MiB`;
}

function listOf(counts: Map<string, number>): string {
  return [...counts].map(([what, times]) => `${times} × ${what}`).join('; ') || 'none';
}

export const loadCommand = new Command('load')
  .description('Many clients at once on one gateway')
  .option('--clients <count>', 'at once', parseCount, 100)
  .option('--duration <time>', 'how long new lives are begun', parseTime, 5 * 60_000)
  .option('--rate <count>', 'that the gateway allows a second: all clients have one key', parseCount, 1_000)
  .option('--concurrency <count>', 'that the gateway allows', parseCount, 200)
  .action(async (options: Options) => {
    process.exitCode = (await load(options)) ? 0 : 1;
  });
