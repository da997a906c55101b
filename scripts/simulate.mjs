import { join } from 'node:path';
import { ROOT } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run simulate -- --seeds 100`: fleets of leases against a faulty API; see docs/reliability.md. */
await main(async () => {
  await ensureReady();
  return node([join(ROOT, 'dist', 'simulation', 'main.js'), ...process.argv.slice(2)]);
});
