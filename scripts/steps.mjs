import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run steps`: where the time to a usable number goes, step by step; see docs/performance.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'steps.js'), ...process.argv.slice(2)]);
});
