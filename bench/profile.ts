/** `npm run bench -- profile`: CPU profiles of a worker by Node's own profiler, a file for each of its threads. */
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseCount } from '../client/cli/command.js';
import { startProduct, startTextbook } from './contenders.js';
import { startServer } from './servers.js';
import { UNWATCHED } from './unwatched.js';
import { forEach } from './waits.js';

interface Options {
  lives: number;
  atOnce: number;
  way: keyof typeof WAYS;
  out: string;
}

const WAYS = {
  product: { start: startProduct, execArgv: [] },
  'product-without-time-limit': { start: startProduct, execArgv: UNWATCHED },
  textbook: { start: startTextbook, execArgv: [] },
};
const ROUND_TRIP_MS = 50;
const SPARE_NUMBERS = 500;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function profile({ lives, atOnce, way, out }: Options): Promise<void> {
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  const server = await startServer(say);
  const { start, execArgv } = WAYS[way];
  const contender = await start({
    server,
    roundTripMs: ROUND_TRIP_MS,
    inventorySize: lives + SPARE_NUMBERS,
    execArgv: [...execArgv, '--cpu-prof', `--cpu-prof-dir=${folder}`],
  });
  try {
    const references = Array.from({ length: lives }, (_, nth) => `profiled-${nth}`);
    await forEach(references, atOnce, (reference) => contender.live(reference));
  } finally {
    await contender.close();
    await server.stop();
  }
  say(
    `${lives} lives, ${atOnce} at once, API round trip ${ROUND_TRIP_MS} ms. Open in Chrome's DevTools or speedscope:`,
  );
  for (const file of await readdir(folder)) if (file.endsWith('.cpuprofile')) say(join(folder, file));
}

export const profileCommand = new Command('profile')
  .description('CPU profiles of all threads of a worker, for Chrome\u2019s DevTools or speedscope')
  .option('--lives <count>', 'that the worker leads', parseCount, 100)
  .option('--at-once <count>', 'of them', parseCount, 50)
  .addOption(new Option('--way <name>', 'whose worker').choices(Object.keys(WAYS)).default('product'))
  .option('--out <folder>', 'where the profiles go', join('bench', 'results', 'latest.profile'))
  .action(profile);
