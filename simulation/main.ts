/** `npm run simulate`: fleets of lives against a faulty API, days of their time in seconds of ours. */
import { Command, InvalidArgumentError } from 'commander';
import Table from 'cli-table3';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { findTimeSkippingServer } from '../embedded/time-skipping-server.js';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.js';
import { FAULT_PROFILES, type FaultCounts, type FaultProfile } from '../simulator/fault-profiles.js';
import { Fleet, type SeedReport } from './fleet.js';

interface Options {
  seeds: number;
  first: number;
  lives: number;
  profile: FaultProfile;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
}

function profile(text: string): FaultProfile {
  if (text in FAULT_PROFILES) return text as FaultProfile;
  throw new InvalidArgumentError(`must be one of ${Object.keys(FAULT_PROFILES).join(', ')}`);
}

async function simulate({ seeds, first, lives, profile: named }: Options): Promise<boolean> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const env = await startServer();
  const startedAt = Date.now();
  const totals: SeedReport = {
    seed: 0,
    violations: [],
    story: new Map(),
    faults: {},
    leases: 0,
    texts: 0,
    simulatedMs: 0,
  };
  let failed = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await runSeed(env, { seed, lives, profile: named });
    if (report.violations.length > 0) {
      failed += 1;
      tellFailure(report, lives, named);
    }
    addUp(totals, report);
    if ((seed - first + 1) % 50 === 0)
      say(
        `${seed - first + 1} seeds, ${failed} with violations, ${perSecond(seed - first + 1, startedAt)} a second`,
      );
  }
  await env.teardown();
  const faults = Object.values(totals.faults).reduce((sum, count) => sum + count, 0);
  tellTotals(totals, { seeds, failed, faults, startedAt });
  if (faults === 0 && named !== 'none') say('No fault ever happened: this run proves nothing.');
  return failed === 0 && (faults > 0 || named === 'none');
}

/** A seed that breaks down is a violation too, and names itself as one. */
async function runSeed(
  env: TestWorkflowEnvironment,
  options: Parameters<typeof Fleet.run>[1],
): Promise<SeedReport> {
  try {
    return await Fleet.run(env, options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      seed: options.seed,
      violations: [`the simulation broke down: ${why}`],
      story: new Map(),
      faults: {},
      leases: 0,
      texts: 0,
      simulatedMs: 0,
    };
  }
}

async function startServer(): Promise<TestWorkflowEnvironment> {
  const found = await findTimeSkippingServer({ report: say });
  if ('unavailable' in found) throw new Error(found.unavailable);
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: found.path } },
  });
  const types = { KEYWORD: 2, DOUBLE: 4, DATETIME: 6 } as const; // temporal.api.enums.v1.IndexedValueType
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, types[type]]));
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes,
  });
  return env;
}

function tellFailure({ seed, violations, story }: SeedReport, lives: number, named: FaultProfile): void {
  say(`seed ${seed}: ${violations.length} violations`);
  for (const violation of violations) say(`  ${violation}`);
  for (const [number, lines] of story) {
    if (violations.some((violation) => violation.includes(number)))
      for (const line of lines) say(`    ${line}`);
  }
  say(`  again: npm run simulate -- --first ${seed} --seeds 1 --lives ${lives} --profile ${named}`);
}

function addUp(totals: SeedReport, report: SeedReport): void {
  totals.leases += report.leases;
  totals.texts += report.texts;
  totals.simulatedMs += report.simulatedMs;
  for (const [key, count] of Object.entries(report.faults))
    totals.faults[key] = (totals.faults[key] ?? 0) + count;
}

function tellTotals(
  totals: SeedReport,
  run: { seeds: number; failed: number; faults: number; startedAt: number },
): void {
  say(faultTable(totals.faults));
  const days = Math.round(totals.simulatedMs / 86_400_000);
  const minutes = ((Date.now() - run.startedAt) / 60_000).toFixed(1);
  say(
    `${run.seeds} seeds in ${minutes} minutes (${perSecond(run.seeds, run.startedAt)} a second): ` +
      `${totals.leases} leases, ${totals.texts} texts, ${run.faults} faults, ${days} simulated days; ${run.failed} seeds with violations`,
  );
}

/** A row a route, a column a phase, each with its kinds and how often they happened. */
function faultTable(faults: FaultCounts): string {
  const table = new Table({ head: ['route', 'phase', 'fault', 'times'], style: { head: [], border: [] } });
  for (const [key, count] of Object.entries(faults).sort(([a], [b]) => a.localeCompare(b)))
    table.push([...key.split(' | '), String(count)]);
  return table.toString();
}

function perSecond(count: number, since: number): string {
  return (count / ((Date.now() - since) / 1_000)).toFixed(2);
}

const command = new Command('simulate')
  .description(
    'Runs fleets of leases against a faulty API and checks on its ledger that nothing is lost and nothing done twice',
  )
  .option('--seeds <n>', 'how many seeds', wholeNumber, 100)
  .option('--first <seed>', 'the first seed', wholeNumber, 1)
  .option('--lives <n>', 'lives a seed', wholeNumber, 10)
  .option(
    '--profile <name>',
    `how much goes wrong: ${Object.keys(FAULT_PROFILES).join(', ')}`,
    profile,
    'rough',
  )
  .action(async (options: Options) => {
    process.exitCode = (await simulate(options)) ? 0 : 1;
  });

await command.parseAsync();
process.exit(); // connections of a broken seed must not keep the process up
