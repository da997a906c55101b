/** `npm run bench -- steps`: where the time to a usable number goes, step by step, as the worker ships and without its largest cost. */
import { Command } from 'commander';
import Table from 'cli-table3';
import { parseCount } from '../client/cli/command.js';
import { startProduct, type Contender } from './contenders.js';
import { stepsOf, type Step } from './life-steps.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { startServer } from './servers.js';
import { spreadOf } from './stats.js';
import { UNWATCHED } from './unwatched.js';

interface Options {
  lives: number;
}

const ROUND_TRIP_MS = 50;
const SPARE_NUMBERS = 200;
const WARM_UP_LIVES = 5;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function steps({ lives }: Options): Promise<void> {
  const loadBefore = loadNow();
  const server = await startServer(say);
  const start = (execArgv: string[]) =>
    startProduct({ server, roundTripMs: ROUND_TRIP_MS, inventorySize: 2 * lives + SPARE_NUMBERS, execArgv });
  const subjects = new Map([
    ['as it ships', await start([])],
    ['sandbox without a time limit', await start(UNWATCHED)],
  ]);
  const samples = new Map([...subjects.keys()].map((name) => [name, [] as Step[][]]));
  try {
    for (const contender of subjects.values())
      for (let nth = 1; nth <= WARM_UP_LIVES; nth += 1) await contender.live(`warm-up-${nth}`);
    for (let nth = 1; nth <= lives; nth += 1)
      for (const [name, contender] of subjects)
        samples.get(name)?.push(await measure(contender, `life-${nth}`));
  } finally {
    for (const contender of subjects.values()) await contender.close();
    await server.stop();
  }
  const machine = machineNow(loadBefore);
  const { load } = machine;
  say(`Machine: ${machineInWords(machine)}. Load before ${load.before}, after ${load.after}.`);
  say(
    `${lives} lives of each, one at a time, cold inventory, API round trip ${ROUND_TRIP_MS} ms. Milliseconds, medians.`,
  );
  say(tableOf(samples));
}

async function measure(contender: Contender, reference: string): Promise<Step[]> {
  await contender.prepare('cold');
  const { runs, usableMs } = await contender.live(reference);
  const [provision, lease] = await contender.histories(runs);
  return stepsOf(provision!, lease!, usableMs);
}

function tableOf(samples: Map<string, Step[][]>): string {
  const table = new Table({
    head: ['step', 'of it the API', ...samples.keys()],
    style: { head: [], border: [] },
  });
  const [first = []] = [...samples.values()].map(([life]) => life ?? []);
  const medianOf = (lives: Step[][], of: (life: Step[]) => number) =>
    spreadOf(lives.map(of)).median.toFixed(1);
  for (const [nth, { name, roundTrips }] of first.entries()) {
    const cells = [...samples.values()].map((lives) => medianOf(lives, (life) => life[nth]?.ms ?? 0));
    table.push([name, roundTrips > 0 ? String(roundTrips * ROUND_TRIP_MS) : '', ...cells]);
  }
  const whole = (life: Step[]) => life.reduce((total, { ms }) => total + ms, 0);
  table.push(['in all', '', ...[...samples.values()].map((lives) => medianOf(lives, whole))]);
  return table.toString();
}

export const stepsCommand = new Command('steps')
  .description('Where the time to a usable number goes, step by step')
  .option('--lives <count>', 'of each', parseCount, 20)
  .action(steps);
