/** `npm run profile`: what the thread that runs the workflows spends its time on, as it ships and with costs left out or put back. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Command } from 'commander';
import Table from 'cli-table3';
import { parseCount } from '../client/cli/command.js';
import { built, ROOT } from '../embedded/project.js';
import { startProduct, startTextbook, type WorkerChanges } from './contenders.js';
import { ranWorkflows, readProfile, timeSpent, type TimeSpent } from './cpu-profile.js';
import { loadNow, machineInWords, machineNow } from './results.js';
import { startServer } from './servers.js';
import { UNWATCHED } from './unwatched.js';
import { forEach } from './waits.js';

interface Options {
  lives: number;
  atOnce: number;
  out: string;
}

interface Subject {
  name: string;
  start: typeof startProduct;
  /** @param scratch for files of its worker, not for its profiles */
  changes: (scratch: string) => Promise<WorkerChanges>;
}

const ROUND_TRIP_MS = 50;
const SPARE_NUMBERS = 500;
const WARM_UP_LIVES = 3;
const FUNCTIONS_SHOWN = 12;

const SUBJECTS: Subject[] = [
  { name: 'as it ships', start: startProduct, changes: () => Promise.resolve({}) },
  { name: 'modules loaded for each run', start: startProduct, changes: bundleWithoutPreload },
  {
    name: 'sandbox without a time limit',
    start: startProduct,
    changes: () => Promise.resolve({ execArgv: UNWATCHED }),
  },
  { name: 'textbook', start: startTextbook, changes: () => Promise.resolve({}) },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function profile(options: Options): Promise<void> {
  const loadBefore = loadNow();
  const scratch = await mkdtemp(join(tmpdir(), 'leasehold-profile-'));
  const spent = new Map<string, TimeSpent>();
  try {
    for (const subject of SUBJECTS) {
      const folder = await mkdtemp(join(scratch, 'of-'));
      const files = await profilesOf(subject, await subject.changes(scratch), folder, options);
      spent.set(subject.name, await keep(subject.name, files, join(ROOT, options.out)));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const machine = machineNow(loadBefore);
  const { load } = machine;
  const report = [
    `Machine: ${machineInWords(machine)}. Load before ${load.before}, after ${load.after}.`,
    `${options.lives} lives, ${options.atOnce} at once, API round trip ${ROUND_TRIP_MS} ms. The thread that runs the workflows, from the start of its`,
    'worker to the end: milliseconds of wall time a life while it was not idle.',
    '',
    costTable(spent, options.lives),
    '',
    ...[...spent].map(([name, { byFunction }]) => functionsOf(name, byFunction, options.lives)),
  ].join('\n');
  await writeFile(join(ROOT, options.out, 'report.md'), `${report}\n`);
  say(report);
}

/** The profiles of all threads of a worker that leads these lives. */
async function profilesOf(
  subject: Subject,
  { execArgv = [], ...changes }: WorkerChanges,
  folder: string,
  { lives, atOnce }: Options,
): Promise<string[]> {
  say(`${subject.name}: ${lives} lives`);
  const server = await startServer(say);
  const profiled = [...execArgv, '--cpu-prof', `--cpu-prof-dir=${folder}`];
  const contender = await subject.start({
    server,
    roundTripMs: ROUND_TRIP_MS,
    inventorySize: lives + SPARE_NUMBERS,
    changes: { ...changes, execArgv: profiled },
  });
  try {
    for (let nth = 1; nth <= WARM_UP_LIVES; nth += 1) await contender.live(`warm-up-${nth}`);
    const references = Array.from({ length: lives }, (_, nth) => `profiled-${nth}`);
    await forEach(references, atOnce, (reference) => contender.live(reference));
  } finally {
    await contender.close();
    await server.stop();
  }
  return (await readdir(folder)).map((file) => join(folder, file));
}

/** Keeps the profile of the busiest thread that ran workflows, for Chrome's DevTools or speedscope to draw. */
async function keep(name: string, files: string[], out: string): Promise<TimeSpent> {
  const threads = await Promise.all(files.map(async (file) => ({ file, profile: await readProfile(file) })));
  const [busiest] = threads
    .filter(({ profile }) => ranWorkflows(profile))
    .map(({ file, profile }) => ({ file, spent: timeSpent(profile) }))
    .sort((a, b) => b.spent.totalMs - a.spent.totalMs);
  if (!busiest) throw new Error(`no thread of "${name}" ran workflows`);
  await mkdir(out, { recursive: true });
  const text = await readFile(busiest.file, 'utf8');
  const anywhere = text.replaceAll(ROOT, '/').replaceAll(tmpdir(), '');
  const packed = await promisify(gzip)(anywhere);
  await writeFile(join(out, `${name.replaceAll(' ', '-')}.cpuprofile.gz`), packed);
  return busiest.spent;
}

/** As before decision 20. */
async function bundleWithoutPreload(scratch: string): Promise<WorkerChanges> {
  const logger = new DefaultLogger('ERROR');
  const workflowInterceptorModules = [built('workflows/tracing-interceptors.js')];
  const workflowsPath = built('workflows/index.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger, workflowInterceptorModules });
  const bundle = join(scratch, 'workflow-bundle.js');
  await writeFile(bundle, code);
  return { bundle };
}

function costTable(spent: Map<string, TimeSpent>, lives: number): string {
  const costs = [...new Set([...spent.values()].flatMap(({ byCost }) => byCost.map(([cost]) => cost)))];
  const cell = (ms = 0) => (ms / lives).toFixed(2);
  const rows = costs.map((cost) => [
    cost,
    ...[...spent.values()].map(({ byCost }) => cell(byCost.find(([name]) => name === cost)?.[1])),
  ]);
  const total = ['in all', ...[...spent.values()].map(({ totalMs }) => cell(totalMs))];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...spent.keys()]),
    line(Array.from({ length: spent.size + 1 }, () => '---')),
    ...[...rows, total].map(line),
  ].join('\n');
}

function functionsOf(name: string, byFunction: TimeSpent['byFunction'], lives: number): string {
  const table = new Table({ head: ['ms a life', name], style: { head: [], border: [] } });
  for (const [called, ms] of byFunction.slice(0, FUNCTIONS_SHOWN))
    table.push([(ms / lives).toFixed(2), called]);
  return table.toString();
}

const command = new Command('profile')
  .description('What the thread that runs the workflows spends its time on')
  .option('--lives <count>', 'of each', parseCount, 100)
  .option('--at-once <count>', 'of them', parseCount, 50)
  .option('--out <folder>', 'where the profiles and the report go', join('bench', 'results', 'profiles'));
await profile(command.parse().opts<Options>());
process.exit();
