/** `npm run simulate`: fleets of lives against a faulty API, days of their time in seconds of ours. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseCount } from '../client/cli/command.js';
import { findTimeSkippingServer } from '../embedded/time-skipping-server.js';
import { OF_A_REAL_SERVER, stretched } from './assumptions.js';
import type { SeedReport } from './fleet.js';
import type { Order } from './performer.js';
import { playAll } from './pool.js';
import { isProfile, PROFILES, profileOf, type ProfileName } from './profiles.js';
import type { ShowName } from './shows.js';
import { lossTable, Totals } from './totals.js';

/** Seeds from the first on, in a world of one profile. */
interface Play {
  first: number;
  seeds: number;
  lives: number;
  profile: ProfileName;
}

interface Options extends Play {
  /** Instead of those of the other options. */
  play?: Play[];
  processes: number;
  eachFault: number;
  address?: string;
  compare?: true;
}

const SEEDS_A_LINE = 50;
const LIVES = 10;

/** Ctrl-C ends a long run early: the seeds that are playing are played to their end, and counted. */
let toldToStop = false;
process.once('SIGINT', () => {
  toldToStop = true;
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function simulate(options: Options): Promise<boolean> {
  const totals = await playSeeds(options, 'product');
  say(totals.faultTable());
  say(totals.assumptionTable());
  say(totals.inWords());
  const guards = totals.guardsInWords();
  if (guards !== undefined) say(guards);
  const isFaulty = playsOf(options).some(({ profile }) => profileOf(profile).faults !== 'none');
  const isQuiet = isFaulty && totals.faultsInAll === 0;
  if (isQuiet) say('No fault ever happened: this run proves nothing.');
  const isThin = totals.rarest < options.eachFault;
  if (isThin) say(`The rarest fault happened ${totals.rarest} times, not ${options.eachFault}.`);
  return totals.failed === 0 && !isQuiet && !isThin;
}

/** The textbook's way under the same seeds; what it loses is the point, so only the product can fail. */
async function compareWays(options: Options): Promise<boolean> {
  const product = await playSeeds(options, 'product');
  const textbook = await playSeeds(options, 'textbook');
  say(lossTable({ product, textbook }));
  return product.failed === 0;
}

async function playSeeds(options: Options, show: ShowName): Promise<Totals> {
  const totals = new Totals();
  const seeds = playsOf(options).reduce((sum, play) => sum + play.seeds, 0);
  await playAll(ordersOf(options, show), Math.min(options.processes, seeds), (report, order) => {
    totals.add(report);
    if (report.violations.length > 0 && show === 'product') tellFailure(report, order);
    if (totals.seeds % SEEDS_A_LINE === 0) say(totals.soFar());
  });
  return totals;
}

/** Once, and not by each process at the same time. */
async function fetchServer(): Promise<void> {
  const found = await findTimeSkippingServer({ report: say });
  if ('unavailable' in found) throw new Error(found.unavailable);
}

const playsOf = ({ play, ...rest }: Options): Play[] => play ?? [rest];

function* ordersOf(options: Options, show: ShowName): Iterable<Order> {
  const { compare, address } = options;
  const where = address === undefined ? {} : { address };
  for (const { seeds, first, lives, profile } of playsOf(options))
    for (let seed = first; seed < first + seeds && !toldToStop; seed += 1)
      yield { seed, show: showOf(seed, show, profile), lives, profile, guards: compare !== true, ...where };
}

function showOf(seed: number, show: ShowName, profile: ProfileName): ShowName {
  if (show !== 'product') return show;
  const world = stretched(seed, profileOf(profile).assumptions);
  const product = world.has('encryption') ? 'encrypted' : 'product';
  return world.has('short runs') ? `${product}, short runs` : product;
}

function tellFailure({ seed, violations, story }: SeedReport, { lives, profile, address }: Order): void {
  say(`seed ${seed}: ${violations.length} violations`);
  for (const violation of violations) say(`  ${violation}`);
  for (const [number, lines] of story) {
    if (violations.some((violation) => violation.includes(number)))
      for (const line of lines) say(`    ${line}`);
  }
  const where = address === undefined ? '' : ` --address ${address}`;
  say(`  again: npm run simulate -- --first ${seed} --seeds 1 --lives ${lives} --profile ${profile}${where}`);
}

const PLAY = /^(?<profile>[a-z-]+):(?<first>\d+)(?:-(?<last>\d+))?(?::(?<lives>\d+))?$/;

function parsePlays(text: string, earlier: Play[] = []): Play[] {
  const { profile = '', first = '', last = first, lives = `${LIVES}` } = PLAY.exec(text)?.groups ?? {};
  if (!isProfile(profile)) throw new InvalidArgumentError('It must be profile:first-last:lives.');
  const seeds = parseCount(`${Number(last) - Number(first) + 1}`);
  return [...earlier, { profile, first: Number(first), seeds, lives: parseCount(lives) }];
}

const profiles = new Option('--profile <name>', 'how much goes wrong')
  .choices(Object.keys(PROFILES))
  .default('rough');

const command = new Command('simulate')
  .description(
    'Runs fleets of leases against a faulty API and checks on its ledger that nothing is lost and nothing done twice',
  )
  .option('--seeds <n>', 'how many seeds', parseCount, 100)
  .option('--first <seed>', 'the first seed', parseCount, 1)
  .option('--lives <n>', 'lives a seed', parseCount, LIVES)
  .addOption(profiles)
  .option(
    '--play <plays...>',
    'seeds of several profiles instead: lease-times:1-4 rough:7:5 (5 lives a seed)',
    parsePlays,
  )
  .option('--processes <n>', 'how many seeds at once', parseCount, availableParallelism())
  .option('--each-fault <n>', 'fails where one of the faults happened less often', parseCount, 0)
  .option('--address <host:port>', 'plays in real time on a Temporal server of yours, in shorter lives')
  .option('--compare', 'lets the textbook way live the same seeds, and shows what each loses')
  .action(async (options: Options) => {
    for (const { profile } of playsOf(options)) {
      const { assumptions } = profileOf(profile);
      if (options.address === undefined && OF_A_REAL_SERVER.some((name) => assumptions.includes(name)))
        throw new Error(`--address: is missing, which the profile ${profile} needs`);
    }
    if (options.address === undefined) await fetchServer();
    const isGood = await (options.compare ? compareWays : simulate)(options);
    process.exitCode = isGood ? 0 : 1;
  });

await command.parseAsync().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
