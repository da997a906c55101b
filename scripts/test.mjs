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

/** `npm test [-- <vitest arguments>]`: every tier, or one of the others instead, or one of the programs. */
await main(async () => {
  const [first, ...rest] = process.argv.slice(2);
  if (first in PROGRAMS) {
    const { run } = await PROGRAMS[first]();
    return run(rest);
  }
  const args = process.argv.slice(2).filter((arg) => !(arg in TIERS));
  const other = process.argv.find((arg) => arg in TIERS);
  await ensureReady();
  const env = { ...process.env, ...(other ? TIERS[other] : await servers(args)) };
  return node(['node_modules/vitest/vitest.mjs', 'run', ...args], { env });
});

/**
 * Fetches the servers before the tests own the terminal, and looks for the browser. With arguments only some tiers may be
 * meant: each then fetches what it needs.
 */
async function servers(args) {
  if (args.length > 0) return {};
  const { findTemporalCli } = await import('../dist/embedded/temporal-cli.js');
  const { findTimeSkippingServer } = await import('../dist/embedded/time-skipping-server.js');
  await findTemporalCli({ report: say });
  const { unavailable } = await findTimeSkippingServer({ report: say });
  const { missing } = await findChromium();
  return {
    ...(unavailable && leaveOut('LEASEHOLD_NO_TIME_SKIPPING', 'test/inprocess', `there is ${unavailable}`)),
    ...(missing && leaveOut('LEASEHOLD_NO_BROWSER', 'browser-*', missing)),
  };
}

/** The environment by which vitest.config.ts leaves tests out, which is said; CI must run them all. */
function leaveOut(variable, tests, why) {
  if (process.env.CI) throw new SetupError(`The tests ${tests} cannot run: ${why}.`);
  say(`SKIPPED: the tests ${tests} do not run, ${why}.`);
  return { [variable]: '1' };
}
