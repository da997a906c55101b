import { join } from 'node:path';
import * as prettier from 'prettier';
import { ROOT } from '../report.mjs';
import { cliPage } from './cli.mjs';
import { contractPage } from './contract.mjs';
import { environmentPage } from './environment.mjs';
import { failuresPage } from './failures.mjs';

export const FOLDER = 'docs/reference';
const PAGES = {
  'cli.md': cliPage,
  'environment.md': environmentPage,
  'failures.md': failuresPage,
  'contract.md': contractPage,
};

/**
 * Every page by its file's name, as prettier would write it.
 * @param code what the project exports, of its build or of its sources
 */
export async function makePages(code) {
  const options = await prettier.resolveConfig(join(ROOT, FOLDER, 'cli.md'));
  const made = Object.entries(PAGES).map(async ([file, make]) => {
    return [file, await prettier.format(make(code), { ...options, proseWrap: 'always', parser: 'markdown' })];
  });
  return Object.fromEntries(await Promise.all(made));
}
