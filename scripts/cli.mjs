import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './report.mjs';

/** Goes on as the command line, in this process: signals and exit codes are then its own. */
export async function becomeCli(args) {
  const program = join(ROOT, 'dist', 'client', 'cli', 'main.js');
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
}
