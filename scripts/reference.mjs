import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, say } from './report.mjs';
import { ensureReady, main } from './setup.mjs';

/** What the pages are made of: all that these export. */
const MODULES = [
  'client/cli/failure',
  'client/cli/program',
  'client/errors',
  'domain/contract',
  'domain/failures',
  'domain/ids',
  'gateway/config',
  'gateway/problems',
  'worker/config',
];
const load = (module) => import(pathToFileURL(join(ROOT, 'dist', `${module}.js`)).href);

/** `npm run reference`: writes docs/reference from the code as it is; test/unit/reference.test.ts tells when it is not. */
await main(async () => {
  await ensureReady();
  const { FOLDER, makePages } = await import('./reference/pages.mjs');
  const code = Object.assign({}, ...(await Promise.all(MODULES.map(load))));
  const pages = await makePages(code);
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const [file, page] of Object.entries(pages)) {
    writeFileSync(join(ROOT, FOLDER, file), page);
    say(`${FOLDER}/${file}`);
  }
});
