/** `npm run bench -- compare`: the same life of a number, led by a bare script, by textbook Temporal and by this product. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { ROOT } from '../embedded/project.js';
import { SERVER_SETTINGS } from '../embedded/server-settings.js';
import { measureBatches } from './batches.js';
import { measureLives, type BatchPlan, type LivesPlan, type Servers } from './measure.js';
import { reportOf } from './report.js';
import { loadNow, machineNow, serversInWords, type Results } from './results.js';
import { serverAt, startClusterServer, startServer, type Server, type Settings } from './servers.js';

interface Options {
  only?: Part;
  quick?: true;
  address?: string;
  cluster?: true;
  out: string;
  publish?: true;
}

const PARTS = ['lives', 'batches', 'crowd'] as const;
type Part = (typeof PARTS)[number];

interface Plan {
  lives: LivesPlan[];
  batches: BatchPlan[];
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const at = (roundTripMs: number, rounds: number): LivesPlan => ({ roundTripMs, rounds, inventorySize: 600 });

const FULL: Plan = {
  lives: [at(0, 7), at(50, 7), at(100, 7)],
  batches: [
    {
      ...at(50, 2),
      batches: [
        { lives: 5, atOnce: 1, patienceS: 60 },
        { lives: 100, atOnce: 50, patienceS: 120 },
      ],
    },
    {
      roundTripMs: 50,
      rounds: 1,
      inventorySize: 1_200, // or there would not be a number for each
      apart: true,
      batches: [{ lives: 500, atOnce: 500, patienceS: 90 }],
    },
  ],
};

/** Says that everything still works, not how fast it is. */
const QUICK: Plan = {
  lives: [at(0, 1), at(50, 1)],
  batches: [{ ...at(50, 1), batches: [{ lives: 10, atOnce: 5, patienceS: 60 }] }],
};

const DEFAULTS = Object.fromEntries(Object.keys(SERVER_SETTINGS).map((name) => [name, false]));

/** The product's server is set up as it asks for; the textbook's is as servers are by default. */
async function openServers({ address, cluster }: Options): Promise<Servers & { stop(): Promise<void> }> {
  if (address !== undefined) {
    const server = serverAt(address);
    return { textbook: server, product: server, stop: () => server.stop() };
  }
  const start: (report: typeof say, settings?: Settings) => Promise<Server> = cluster
    ? startClusterServer
    : startServer;
  const product = await start(say);
  const textbook = await start(say, DEFAULTS);
  const stop = async () => {
    await product.stop();
    await textbook.stop();
  };
  return { textbook, product, stop };
}

function partOf({ lives, batches }: Plan, only: Part | undefined): Plan {
  return {
    lives: only === undefined || only === 'lives' ? lives : [],
    batches: batches.filter(({ apart }) => only === undefined || only === (apart ? 'crowd' : 'batches')),
  };
}

/** Gives the results so far after each part, so that a part which fails costs only itself. */
async function* measure(options: Options): AsyncGenerator<Results> {
  const { quick, only } = options;
  const plan = partOf(quick ? QUICK : FULL, only);
  const loadBefore = loadNow();
  const servers = await openServers(options);
  const results: Pick<Results, 'lives' | 'batches' | 'peaks'> = { lives: [], batches: [], peaks: [] };
  const soFar = (): Results => ({
    format: 1,
    takenAt: new Date().toISOString(),
    mode: quick ? 'quick' : 'full',
    ...(options.cluster && { cluster: true }),
    machine: machineNow(loadBefore),
    servers: serversInWords(servers),
    ...results,
  });
  try {
    for (const each of plan.lives) {
      results.lives.push(...(await measureLives(servers, each, say)));
      yield soFar();
    }
    for (const each of plan.batches) {
      const { batches, peaks } = await measureBatches(servers, each, say);
      results.batches.push(...batches);
      results.peaks.push(...peaks.map((peak) => ({ ...peak, atOnce: mostAtOnce(each) })));
      yield soFar();
    }
  } finally {
    await servers.stop();
  }
}

function mostAtOnce({ batches }: BatchPlan): number {
  return Math.max(...batches.map(({ atOnce }) => atOnce));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  say(`written: ${file}`);
}

const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

/** Puts the tables of a run into docs/performance.md, or docs/performance-cluster.md. */
async function publish(results: Results): Promise<void> {
  const page = join(ROOT, 'docs', results.cluster ? 'performance-cluster.md' : 'performance.md');
  const text = await readFile(page, 'utf8');
  const [head, rest] = text.split(BEGIN);
  const [, tail] = (rest ?? '').split(END);
  if (head === undefined || tail === undefined)
    throw new Error(`${page} lacks the marks ${BEGIN} and ${END}`);
  await write(page, `${head}${BEGIN}\n\n${reportOf(results)}\n\n${END}${tail}`);
}

export const compareCommand = new Command('compare')
  .description('Leads the same life of a number in three ways side by side, and says what each of them takes')
  .option('--quick', 'under a minute: shows that it works, the figures mean little')
  .option('--address <host:port>', 'another Temporal server for both, instead of development servers')
  .addOption(
    new Option(
      '--cluster',
      'a Temporal cluster on PostgreSQL for each, instead of development servers',
    ).conflicts('address'),
  )
  .addOption(new Option('--only <part>', 'lives one by one, many at once, or 500 at once').choices(PARTS))
  .option(
    '--out <file>',
    'where the results go as JSON, and their tables beside it',
    join('bench', 'results', 'latest.json'),
  )
  .option('--publish', 'puts the results that are in --out into the docs, and measures nothing')
  .action(async (options: Options) => {
    const file = join(ROOT, options.out);
    if (options.publish) {
      if (!existsSync(file))
        compareCommand.error(`--publish: ${options.out} is not there; measure first, without it`);
      await publish(JSON.parse(await readFile(file, 'utf8')) as Results);
      return;
    }
    let report = '';
    for await (const results of measure(options)) {
      await write(file, `${JSON.stringify(results)}\n`);
      report = `${reportOf(results)}\n`;
    }
    await write(file.replace(/(\.json)?$/, '.md'), report);
    process.stdout.write(report);
  });
