/**
 * The Node that commands run with. Where the installed one is too old, a pinned one is fetched from npm and kept in the
 * cache. Every module of scripts/ must therefore load in an old Node: it uses no syntax or module newer than Node 20.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { npmCli, npmCommand } from './npm.mjs';
import { ROOT, SetupError, say } from './report.mjs';
import { run } from './run.mjs';

const readJson = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'));

/** The releases that may be fetched: `newest` and `oldest`, each by `<platform>-<architecture>`. */
export const RELEASES = readJson('scripts', 'node-releases.json');
/** The oldest supported Node, such as "22.19". */
export const OLDEST = readJson('package.json').engines.node.replace('>=', '');
/** An unfinished install that is older than this is left over from a crash. */
const LEFTOVER_MS = 6 * 3_600_000;

export function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** Where fetched programs are kept; the same folder as that of embedded/cache.ts, which is not built yet. */
export function cacheDir(env = process.env, platform = process.platform) {
  if (env.LEASEHOLD_CACHE) return env.LEASEHOLD_CACHE;
  const home = homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'leasehold');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'leasehold');
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'leasehold');
}

/**
 * Runs this command again with the pinned Node where the installed one is too old.
 * Returns the exit code of that run, or undefined where the installed Node is supported.
 */
export async function rerunIfTooOld() {
  const { node: version } = process.versions;
  if (isSupported(version)) return undefined;
  const release = RELEASES.newest[`${process.platform}-${process.arch}`];
  const problem = `Node ${version} is too old: Leasehold needs Node ${OLDEST} or newer`;
  if (!release) throw new SetupError(`${problem}. Install it: https://nodejs.org/en/download`);
  const announce = (folder) => say(`${problem}. Fetching Node ${release.version} from npm into ${folder}.`);
  const node = await findNode(release, { announce }).catch((error) => {
    throw new SetupError(`${problem}. ${error.message} Install it: https://nodejs.org/en/download`);
  });
  return run(node, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: process.cwd(),
    env: envFor(node),
  });
}

/** The environment in which child processes, npm's included, use this Node. */
export function envFor(node) {
  // On Windows the variable is called Path.
  const path = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  // The packages of Node have no npm: the npm of the installed Node goes on.
  const npm = npmCli();
  return {
    ...process.env,
    [path]: `${dirname(node)}${delimiter}${process.env[path] ?? ''}`,
    ...(npm && { npm_execpath: npm }),
  };
}

/**
 * The path of a release's program: from the cache, else installed there. A copy that does not run is replaced.
 * `install` fills a folder with the package; `announce` is called with the cache's folder before it does.
 */
export async function findNode(release, { cache = cacheDir(), install = installPackage, announce } = {}) {
  const target = join(cache, `${release.package}-${release.version}`);
  if (runs(target, release)) return programIn(target, release);
  announce?.(cache);
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache, release);
  // Filled elsewhere and moved in one step: a killed install leaves no half of it under the final name.
  const draft = join(cache, `.${release.package}-${release.version}.${randomUUID()}`);
  mkdirSync(draft);
  try {
    await install(draft, release);
    if (!runs(draft, release)) throw new Error(`Node ${release.version} does not run on this machine.`);
    if (!runs(target, release)) rmSync(target, { recursive: true, force: true });
    moveInto(draft, target, release);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return programIn(target, release);
}

function programIn(folder, release) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(folder, 'node_modules', release.package, 'bin', file);
}

function runs(folder, release) {
  const { stdout } = spawnSync(programIn(folder, release), ['--version'], { encoding: 'utf8' });
  return stdout?.trim() === `v${release.version}`;
}

/** Another command may have installed the same release meanwhile: that copy stays, as it may be running. */
function moveInto(draft, target, release) {
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!runs(target, release)) throw error;
  }
}

function removeLeftovers(cache, release) {
  for (const name of readdirSync(cache)) {
    if (!name.startsWith(`.${release.package}-`)) continue;
    const path = join(cache, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > LEFTOVER_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** npm compares the package with the integrity of the lock file, and refuses another one. */
async function installPackage(folder, release) {
  for (const [file, content] of Object.entries(projectOf(release)))
    writeFileSync(join(folder, file), JSON.stringify(content));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = npmCommand(['ci', '--prefix', folder, ...quiet]);
  const code = await run(...npm, { stdio: ['ignore', 'ignore', process.stderr] });
  if (code !== 0) throw new Error(`Node ${release.version} could not be fetched (npm's errors are above).`);
}

/** A project whose one dependency is the package of a release. */
export function projectOf({ package: name, version, integrity }) {
  const dependencies = { [name]: version };
  const packages = { '': { dependencies }, [`node_modules/${name}`]: { version, integrity } };
  return {
    'package.json': { private: true, dependencies },
    'package-lock.json': { lockfileVersion: 3, requires: true, packages },
  };
}
