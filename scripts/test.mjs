import { findChromium } from './chromium.mjs';
import { ensureReady, main } from './setup.mjs';
import { SetupError, say } from './report.mjs';
import { node } from './run.mjs';

/**
 * Other tiers than the usual ones: `--live` against the vendor, `--long` what takes some half an hour, `--cluster` those of
 * the server tier and some more on a Temporal cluster with PostgreSQL.
 */
const TIERS = {
  '--live': { LEASEHOLD_LIVE: '1' },
  '--long': { LEASEHOLD_LONG: '1' },
  '--cluster': { LEASEHOLD_CLUSTER: '1' },
};

/** Programs of their own about the tests. */
const PROGRAMS = {
  '--mutants': () => import('./mutants.mjs'),
  '--record': () => import('./record-histories.mjs'),
};

/** Of the usual tiers `npm test` runs these; `--all` runs every one, `--rest` those that `npm test` leaves out. */
const QUICK = ['unit', 'replay', 'inprocess', 'server'];
const MORE = { '--all': ['*'], '--rest': ['all/*'] };

/** `npm test [-- <vitest arguments>]`: the quick tiers, or others instead, or one of the programs. */
await main(async () => {
  const given = process.argv.slice(2);
  const [first, ...rest] = given;
  if (first in PROGRAMS) {
    const { run } = await PROGRAMS[first]();
    return run(rest);
  }
  const args = given.filter((arg) => !(arg in TIERS) && !(arg in MORE));
  const other = given.find((arg) => arg in TIERS);
  const more = given.find((arg) => arg in MORE);
  await ensureReady();
  const env = { ...process.env, ...(other ? TIERS[other] : await servers(args, more)) };
  const projects = other || args.some(isPath) ? [] : (MORE[more] ?? QUICK).map((name) => `--project=${name}`);
  return node(['node_modules/vitest/vitest.mjs', 'run', ...projects, ...args], { env });
});

/** A file or folder runs whichever tier it is of. */
function isPath(arg) {
  return !arg.startsWith('-') && /[/]|[.]test/.test(arg);
}

/**
 * Fetches the servers before the tests own the terminal, and looks for the browser. With arguments only some tiers may be
 * meant: each then fetches what it needs.
 */
async function servers(args, more) {
  if (args.length > 0) return {};
  const { findTemporalCli } = await import('../dist/embedded/temporal-cli.js');
  const { findTimeSkippingServer } = await import('../dist/embedded/time-skipping-server.js');
  await findTemporalCli({ report: say });
  const { unavailable } = await findTimeSkippingServer({ report: say });
  const { missing } = more ? await findChromium() : {};
  const inProcess = more ? 'test/inprocess and test/all/inprocess' : 'test/inprocess';
  return {
    ...(unavailable && leaveOut('LEASEHOLD_NO_TIME_SKIPPING', inProcess, `there is ${unavailable}`)),
    ...(missing && leaveOut('LEASEHOLD_NO_BROWSER', 'browser-*', missing)),
  };
}

/** The environment by which vitest.config.ts leaves tests out, which is said; CI must run them all. */
function leaveOut(variable, tests, why) {
  if (process.env.CI) throw new SetupError(`The tests ${tests} cannot run: ${why}.`);
  say(`SKIPPED: the tests ${tests} do not run, ${why}.`);
  return { [variable]: '1' };
}
