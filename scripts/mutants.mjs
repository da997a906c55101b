/**
 * `npm test -- --mutants [--only <name>]`: takes parts of the protocol out, one at a time and in a copy of the project,
 * and expects the test that is named for it to fail. The table is test/mutation/mutants.mjs; see docs/testing.md.
 */
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { MUTANTS } from '../test/mutation/mutants.mjs';
import { ROOT, SetupError, say, step } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady } from './setup.mjs';

const LEFT_OUT = ['node_modules', 'node_modules.lock', 'dist', 'coverage', '.git', '.leasehold'];
/** Of a seed that should show a violation. */
const MAX_PLAYS = 4;
/** How a test says that something is not as it should be; a time-out or an error of the set-up says nothing. */
const NOTICED = [
  /^AssertionError/,
  /^Workflow(Update)?FailedError/,
  /^Error: (waited in vain|it did not fail|a text went out twice|\+\d+ is leased and its run is)/,
  /^Error: \S+ does not replay/,
];

function chosen(args) {
  const { only } = parseArgs({ args, options: { only: { type: 'string' } } }).values;
  if (only === undefined) return MUTANTS;
  const found = MUTANTS.filter(({ name }) => name === only);
  if (found.length > 0) return found;
  const known = MUTANTS.map(({ name }) => `  ${name}`).join('\n');
  throw new SetupError(`There is no mutant ${only}. There are:\n${known}`);
}

/** A mutant whose text is not there any more would change nothing, and a second one would hide another. */
function checkTable(mutants) {
  const stale = mutants.flatMap(({ name, file, find }) => {
    const times = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1;
    return times === 1 ? [] : [`  ${name}: ${file} has its text ${times} times`];
  });
  if (stale.length > 0)
    throw new SetupError(`These mutants do not fit the sources any more:\n${stale.join('\n')}`);
}

/** The project elsewhere, where its sources may be spoilt. */
class Copy {
  root = mkdtempSync(join(tmpdir(), 'leasehold-mutants-'));
  #log = join(this.root, 'output.log');

  constructor() {
    const wanted = (path) => !LEFT_OUT.includes(basename(path)) || path === ROOT;
    cpSync(ROOT, this.root, { recursive: true, filter: wanted });
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'), 'junction');
  }

  /** Runs a program of the copy; what it prints is kept for `lastOutput`. */
  async node(args) {
    const log = openSync(this.#log, 'w');
    try {
      return await node(args, { cwd: this.root, stdio: ['ignore', log, log] });
    } finally {
      closeSync(log);
    }
  }

  output() {
    return readFileSync(this.#log, 'utf8').trim();
  }

  lastOutput() {
    return this.output().split('\n').slice(-30).join('\n');
  }

  /** Puts another text into a source while `work` goes on. */
  async changed({ file, find, replace }, work) {
    const path = join(this.root, file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      source.replace(find, () => replace),
    );
    try {
      return await work();
    } finally {
      writeFileSync(path, source);
    }
  }

  /** Undefined, or the build's last words. */
  async build() {
    const code = await this.node(['scripts/setup.mjs']);
    return code === 0 ? undefined : this.lastOutput();
  }

  /** Plays a mutant's seed: `passed`, `violated`, or the last words of a simulation that broke down. */
  async play({ seed, profile, lives }) {
    const seeds = ['--first', String(seed), '--seeds', '1', '--lives', String(lives), '--profile', profile];
    const code = await this.node(['dist/simulation/main.js', ...seeds]);
    if (code === 0) return 'passed';
    const output = this.output();
    const isViolated = /^seed \d+: \d+ violations$/m.test(output) && !output.includes('broke down');
    return isViolated ? 'violated' : this.lastOutput();
  }

  /** What became of the tests of these full names. */
  async test(mutants) {
    const results = join(this.root, 'results.json');
    rmSync(results, { force: true });
    const files = [...new Set(mutants.map((mutant) => mutant.in))];
    // Vitest matches the names of suites and test with ` > ` between them, and reports them with a space.
    const names = [...new Set(mutants.map(({ test }) => escaped(test).replaceAll(' ', '(?: >)? ')))];
    const named = ['-t', `^\\s*(${names.join('|')})$`];
    const reporter = ['--reporter=json', `--outputFile=${results}`];
    await this.node(['node_modules/vitest/vitest.mjs', 'run', ...files, ...named, ...reporter]);
    return resultsOf(results, this.lastOutput());
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function escaped(text) {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function resultsOf(file, output) {
  try {
    const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    return tests.filter(({ status }) => status === 'passed' || status === 'failed');
  } catch {
    throw new SetupError(`The tests did not run:\n${output}`);
  }
}

async function passUnchanged(copy, mutants) {
  const broken = await copy.build();
  if (broken) throw new SetupError(`The sources do not build:\n${broken}`);
  for (const mutant of mutants.filter(hasSeed)) {
    const played = await copy.play(mutant);
    if (played !== 'passed') throw new SetupError(`Seed ${mutant.seed} fails without any mutant:\n${played}`);
  }
  const tested = mutants.filter((mutant) => !hasSeed(mutant));
  if (tested.length === 0) return;
  const tests = await copy.test(tested);
  const missing = tested.filter(({ test }) => !tests.some(({ fullName }) => fullName.trim() === test));
  if (missing.length > 0)
    throw new SetupError(`There is no such test:\n${missing.map(({ test }) => `  ${test}`).join('\n')}`);
  const unlucky = tests.filter(isFailed).map(({ fullName }) => fullName.trim());
  if (unlucky.length === 0) return;
  // Once more: on a busy machine a server may not start in time.
  const again = await copy.test(tested.filter(({ test }) => unlucky.includes(test)));
  const failed = again.filter(isFailed);
  if (failed.length > 0)
    throw new SetupError(`These fail without any mutant:\n${failed.map(inWords).join('\n')}`);
}

function isFailed({ status }) {
  return status === 'failed';
}

async function tryOut(copy, mutant) {
  return copy.changed(mutant, async () => {
    const broken = await copy.build();
    if (broken) return { is: 'unclear', why: `it does not build:\n${broken}` };
    if (hasSeed(mutant)) return tryOutSeed(copy, mutant);
    const failed = await failures(copy, mutant);
    if (failed.length === 0) return { is: 'survived', why: `this passed: ${mutant.test}` };
    return failed.some(isNotice) ? { is: 'killed' } : { is: 'unclear', why: failed.map(inWords).join('\n') };
  });
}

/** One that the simulation finds, and not a test. */
function hasSeed({ seed }) {
  return seed !== undefined;
}

/** A few times: a seed does not draw which of two workers gets a task first. */
async function tryOutSeed(copy, mutant) {
  let played = await copy.play(mutant);
  for (let plays = 1; played !== 'violated' && plays < MAX_PLAYS; plays += 1)
    played = await copy.play(mutant);
  if (played === 'violated') return { is: 'killed' };
  return played === 'passed'
    ? { is: 'survived', why: `seed ${mutant.seed} of the profile ${mutant.profile} passed` }
    : { is: 'unclear', why: played };
}

/** Twice where it is unclear: on a busy machine a server may not start in time. */
async function failures(copy, mutant) {
  for (let last = false; ; last = true) {
    const failed = (await copy.test([mutant])).filter(isFailed);
    if (last || failed.length === 0 || failed.some(isNotice)) return failed;
  }
}

function isNotice({ failureMessages }) {
  return failureMessages.some((words) => NOTICED.some((sign) => sign.test(words)));
}

function inWords({ fullName, failureMessages }) {
  return `  ${fullName}: ${failureMessages.map((words) => words.split('\n')[0]).join('; ')}`;
}

function report(verdicts) {
  const table = new Table({ head: ['mutant', 'in', 'is'], style: { head: [], border: [] } });
  for (const { mutant, is } of verdicts) table.push([mutant.name, mutant.file, is]);
  console.log(table.toString());
  const count = (wanted) => verdicts.filter(({ is }) => is === wanted).length;
  const unclear = count('unclear') > 0 ? `, ${count('unclear')} unclear` : '';
  console.log(`${count('killed')} killed, ${count('survived')} survived${unclear}`);
  return count('killed') === verdicts.length ? 0 : 1;
}

/** Gives an exit code. */
export async function run(args) {
  const mutants = chosen(args);
  checkTable(mutants);
  await ensureReady();
  const copy = new Copy();
  try {
    await step(`${mutants.length} mutants: their tests without them`, () => passUnchanged(copy, mutants));
    const verdicts = [];
    for (const mutant of mutants) {
      const verdict = await step(mutant.name, () => tryOut(copy, mutant));
      if (verdict.why) say(`  ${verdict.is}: ${verdict.why}`);
      verdicts.push({ mutant, ...verdict });
    }
    return report(verdicts);
  } finally {
    copy.remove();
  }
}
