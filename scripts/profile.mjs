import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run profile`: what the thread that runs the workflows spends its time on; see docs/performance.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'bench', 'profile.js'), ...process.argv.slice(2)]);
});
