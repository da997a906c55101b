import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run load`: many clients at once on one gateway; see docs/gateway.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'load.js'), ...process.argv.slice(2)]);
});
