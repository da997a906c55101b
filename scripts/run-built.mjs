import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './report.mjs';
import { ensureReady, main } from './setup.mjs';

/** `node scripts/run-built.mjs <program> …`: makes the project ready, then runs a program of the build with the arguments after it. */
export async function runBuilt(program, args) {
  await ensureReady();
  const path = join(ROOT, 'dist', program);
  process.argv = [process.execPath, path, ...args];
  // In this process: signals and exit codes are then the program's own.
  await import(pathToFileURL(path).href);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , program, ...args] = process.argv;
  await main(() => runBuilt(program, args));
}
