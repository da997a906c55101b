/**
 * What every command needs before it can run: Node, the dependencies of the lock file, and a build of the sources
 * as they are now. Only Node's own modules are used, because nothing is installed yet when this runs.
 * Progress goes to stderr: stdout belongs to the command.
 */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { build, reasonToBuild } from './build.mjs';
import { rerunIfTooOld } from './node.mjs';
import { npmStep } from './npm.mjs';
import { ROOT, SetupError, say, step } from './report.mjs';

const LOCK = join(ROOT, 'node_modules.lock');
/** A holder touches its lock every second; one that has not for this long has died. */
const LOCK_STALE_MS = 10_000;

/**
 * Makes the project ready to run; does nothing where it is.
 * `lenient`: errors of the sources do not stop it, for tests that are run in the middle of a change.
 */
export async function ensureReady({ lenient = false } = {}) {
  if (!reasonToInstall() && !reasonToBuild()) return;
  await withLock(async () => {
    const install = reasonToInstall();
    if (install)
      await step(`Installing dependencies (${install})`, () =>
        npmStep(['ci', '--include=dev', '--no-audit', '--no-fund']),
      );
    const stale = reasonToBuild();
    if (stale) await step(`Building (${stale})`, () => build({ lenient }));
  });
}

/** Why the installed packages are not those of the lock file, in words; undefined where they are. */
function reasonToInstall() {
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'));
  if (!wanted)
    throw new SetupError('package-lock.json is missing or unreadable: check out the project again.');
  if (!installed) return 'none yet';
  for (const [path, entry] of Object.entries(wanted)) {
    const has = installed[path];
    // Packages for other platforms are in the lock file and rightly not installed.
    if (
      path !== '' &&
      has?.version !== entry.version &&
      !(has === undefined && (entry.optional || entry.devOptional))
    ) {
      return 'package-lock.json has changed';
    }
  }
  return undefined;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Two commands started at once must not install or build over each other. */
async function withLock(work) {
  await takeLock();
  const beat = setInterval(() => utimesSync(LOCK, new Date(), new Date()), 1000);
  try {
    await work();
  } finally {
    clearInterval(beat);
    rmSync(LOCK, { recursive: true, force: true });
  }
}

async function takeLock() {
  for (let told = false; ; told = true) {
    try {
      mkdirSync(LOCK);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (lockAgeMs() > LOCK_STALE_MS) rmSync(LOCK, { recursive: true, force: true });
    else if (!told) say('Waiting for another Leasehold command that is setting up.');
    await sleep(300);
  }
}

function lockAgeMs() {
  try {
    return Date.now() - statSync(LOCK).mtimeMs;
  } catch {
    return 0;
  }
}

/**
 * Runs a command's main function, with the pinned Node where this one is too old. The function returns an exit code or
 * sets its own; what goes wrong becomes one line.
 */
export async function main(run) {
  try {
    const code = (await rerunIfTooOld()) ?? (await run());
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    // The embedded stack has an error class of the same name: it is not built yet when this file loads.
    if (error?.name !== 'SetupError') throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => ensureReady({ lenient: process.argv.includes('--lenient') }));
}
