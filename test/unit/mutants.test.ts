import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../embedded/project.js';

interface Mutant {
  name: string;
  file: string;
  find: string;
  in: string;
  test: string;
}

const { MUTANTS } = (await import(join(ROOT, 'test', 'mutation', 'mutants.mjs'))) as { MUTANTS: Mutant[] };

/** The mutants themselves take long (`npm test -- --mutants`); that they still fit the sources is told by every run. */
test.each(MUTANTS)('the mutant "$name" has its text in the source, once', async ({ file, find }) => {
  const source = await readFile(join(ROOT, file), 'utf8');
  expect(source.split(find)).toHaveLength(2);
});
