import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run bench`: what a life costs, beside a bare script and textbook Temporal; see docs/performance.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'main.js'), ...process.argv.slice(2)]);
});
