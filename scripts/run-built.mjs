import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** Makes the project ready, then runs a program of the build, given by its path in there, with the arguments of this command. */
export const runBuilt = (...path) =>
  main(async () => {
    await ensureReady();
    return node([join(ROOT, 'dist', ...path), ...process.argv.slice(2)]);
  });
