import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run many`: a thousand numbers by one call against a faulty API; see docs/many.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'many.js'), ...process.argv.slice(2)]);
});
