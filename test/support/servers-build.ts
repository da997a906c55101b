import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../embedded/project.js';

/** Brings dist/ and the workflow bundle up to date, also where vitest was started by itself. */
export default async function setup(): Promise<void> {
  const script = join(ROOT, 'scripts', 'setup.mjs');
  const child = spawn(process.execPath, [script, '--lenient'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error('The project could not be built for its tests (see above).');
}
