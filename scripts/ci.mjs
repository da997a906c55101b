/**
 * All checks in a row, each with its time; a failed one does not hide the ones after it. The last line is
 * `N passed, N failed`: tests, and one for each other check. A test that was skipped counts as failed. A check that
 * could not be made here is listed as "not run" above that line, and counts as neither.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from '../test/mutation/mutants.mjs';
import { findChromium } from './chromium.mjs';
import { RELEASES, envFor, findNode } from './node.mjs';
import { npmOutput, runNpm, runNpmKeepingItsEnd } from './npm.mjs';
import { ROOT } from './report.mjs';
import { run } from './run.mjs';
import { countsOfTests } from './test-report.mjs';

/** What a CI job may keep of a run: every test with its time, and the figures of the bench. */
const REPORTS = join('.ci', 'reports');
rmSync(join(ROOT, REPORTS), { recursive: true, force: true });
/** In the wide world, each with what it found: all of it in the simulation itself. */
const FAILED_ONCE = [
  'rough:469:2', // a terminated run's protection was held against the next one
  'rough:551:2', // its process ended
  'rough:1982:2', // an adopted lease under a new id was called nobody's
];
const total = { passed: 0, failed: 0 };
/** What failed and how, told once more at the end: a log of a whole run is long, and is often cut to its end. */
const failures = [];
/** Checks that could not be made here, with the reason. */
const notRun = [];

await ensureChromium();
await check('npm test', () => test('tests.json'));
await check('npm test -- --rest', () => test('tests-rest.json', ['--', '--rest']));
for (const tool of [['prettier', '--check', '.'], ['eslint', '.'], ['tsc', '--noEmit'], ['knip']]) {
  await check(tool.join(' '), () => runNpm(['exec', '--', ...tool]));
}
await check('npm audit', audit);
// What fails is told with the command that repeats its seed.
await check('seeds', () => runNpm(['run', 'simulate', '--', '--processes', '4', '--play', ...plays()]));
const quick = ['run', 'bench', '--', '--quick', '--out', join(REPORTS, 'bench.json')];
await check(`npm ${quick.join(' ')}`, () => runNpm(quick));
const start = ['start', '--', '--once'];
await check(`npm ${start.join(' ')}, on the newest Node`, () => npmOn(RELEASES.newest, start));
await check(`npm ${start.join(' ')}, on the oldest Node`, () => npmOn(RELEASES.oldest, start));
const unit = ['test', '--', 'test/unit'];
await check(`npm ${unit.join(' ')}, on the oldest Node`, () => npmOn(RELEASES.oldest, unit));

console.log(`reports: ${REPORTS}`);
for (const line of notRun) console.log(line);
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** `work` gives an exit code, or the counts of what it checked. */
async function check(name, work) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  const counts = await work().then(countsOf, (error) => {
    console.error(error.message);
    return { ...countsOf(1), told: [error.message] };
  });
  total.passed += counts.passed;
  total.failed += counts.failed;
  if (counts.failed > 0) failures.push(name, ...(counts.told ?? []));
  if (counts.notRun) notRun.push(`${name}: not run (${counts.notRun})`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const outcome = counts.failed > 0 ? 'FAILED' : counts.notRun ? 'not run' : 'passed';
  console.log(`=== ${name}: ${outcome} in ${seconds} s`);
}

/** The browser tests need Chromium; a bare Debian machine on which we may install it gets it here. */
async function ensureChromium() {
  const { path } = await findChromium();
  if (path || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log('=== installing Chromium for the browser tests');
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
}

/**
 * Fresh seeds in the wide world, those that failed once, those of worlds that are narrowed to one kind of fault each, and those
 * that find mutants.
 */
function plays() {
  const narrow = [
    'lease-times',
    'pending',
    'worker-clocks',
    'histories',
    'copies',
    'faults-only',
    'junk-signals',
  ];
  const isIn = ({ seed, profile }) => narrow.includes(profile) && seed <= 4;
  const ofMutants = MUTANTS.filter((mutant) => mutant.seed !== undefined && !isIn(mutant));
  const fresh = Math.floor(Math.random() * 1e9);
  return [
    `rough:${fresh}-${fresh + 9}:2`, // first, as answers may be slow in real time
    ...FAILED_ONCE,
    ...narrow.map((profile) => `${profile}:1-4`),
    ...new Set(ofMutants.map(({ profile, seed, lives }) => `${profile}:${seed}:${lives}`)),
  ];
}

function countsOf(result) {
  if (typeof result !== 'number') return result;
  return result === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function test(reportName, args = []) {
  const report = join(ROOT, REPORTS, reportName);
  const env = { ...process.env, CI: 'true', LEASEHOLD_TEST_REPORT: report };
  const { code, last } = await runNpmKeepingItsEnd(['test', ...args], env);
  // Without a report it was Vitest itself that ended, and its last words are all that tells why.
  if (!existsSync(report))
    throw new Error(`It ended with ${code} and left no report. Its last lines:\n${last}`);
  return countsOfTests(JSON.parse(readFileSync(report, 'utf8')), code, last);
}

/** A vulnerability fails. A registry that gives no audit leaves nothing known, which counts neither as passed nor as failed. */
async function audit() {
  const output = await npmOutput(['audit', '--omit=dev', '--json']);
  const { vulnerabilities } = parse(output).metadata ?? {};
  if (!vulnerabilities) return { passed: 0, failed: 0, notRun: 'the registry gave no audit' };
  console.log(`${vulnerabilities.total} known vulnerabilities`);
  return vulnerabilities.total;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Runs npm, and what it starts, with a pinned release of Node. */
async function npmOn(releases, args) {
  const platform = `${process.platform}-${process.arch}`;
  const release = releases[platform];
  if (!release) throw new Error(`No release of Node is pinned for ${platform}.`);
  const node = await findNode(release);
  console.log(`Node ${release.version}`);
  return runNpm(args, envFor(node), node);
}
