import { join } from 'node:path';
import { npmOutput } from './npm.mjs';
import { output } from './run.mjs';

/**
 * Installs the newest Node that is under long-term support below `folder`, from its package for this platform.
 * A Node knows whether it is one; nothing else has to.
 */
export async function newestLts(folder) {
  const name = `node-${process.platform}-${process.arch}`;
  const listed = await npmOutput(['view', name, 'versions', '--json']);
  for (const version of newestOfEachMajor(JSON.parse(listed))) {
    const home = join(folder, version);
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await npmOutput(['install', '--prefix', home, ...quiet, `${name}@${version}`]);
    const path = join(home, 'node_modules', name, 'bin', 'node');
    const lts = (await output(path, ['-p', 'process.release.lts ?? ""'])).trim();
    if (lts) return { path, version, name: lts };
  }
  throw new Error(`No Node under long-term support was found in the package ${name}.`);
}

/** Newest first; pre-releases are left out. */
function newestOfEachMajor(versions) {
  const newest = new Map();
  const numbers = (version) => version.split('.').map(Number);
  for (const version of versions.filter((each) => /^\d+\.\d+\.\d+$/.test(each))) {
    const [major, minor, patch] = numbers(version);
    const [, bestMinor, bestPatch] = numbers(newest.get(major) ?? `${major}.-1.-1`);
    if (minor > bestMinor || (minor === bestMinor && patch > bestPatch)) newest.set(major, version);
  }
  return [...newest].sort(([a], [b]) => b - a).map(([, version]) => version);
}
