import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run idle`: thousands of open leases on one worker; see docs/performance.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'idle.js'), ...process.argv.slice(2)]);
});
