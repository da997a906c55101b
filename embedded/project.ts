import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project's package.json: the sources and dist/ lie at different depths below it. */
export const ROOT = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/** Path of a built file: child processes run from dist/, also when this module itself was loaded as a source. */
export function built(path: string): string {
  return join(ROOT, 'dist', path);
}

function nearestPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder));
}
