import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whatever decides how a seed comes out; `tracing`, `client` and the like do not. */
const FOLDERS = ['activities', 'contiguity', 'domain', 'simulation', 'simulator', 'worker', 'workflows'];
/** They give out the orders and count what comes back. */
const COUNTING = ['earlier-code', 'main', 'played-code', 'played-seeds', 'seed-set', 'sums', 'totals'];
const BUILT = fileURLToPath(new URL('..', import.meta.url));
const DIGITS = 12;

/**
 * A name for the code that seeds are played with, 12 hexadecimal digits: another one as soon as a line of it is another,
 * so that no seed counts for code that it has not met.
 */
export async function playedCode(built = BUILT): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = await readdir(join(built, folder), { recursive: true });
    for (const name of names.filter((each) => decides(folder, each)).sort())
      hash.update(`${folder}/${name}\n`).update(await readFile(join(built, folder, name)));
  }
  return hash.digest('hex').slice(0, DIGITS);
}

function decides(folder: string, name: string): boolean {
  return (
    name.endsWith('.js') && !(folder === 'simulation' && COUNTING.includes(name.slice(0, -'.js'.length)))
  );
}
