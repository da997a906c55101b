import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './report.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run cluster`: a Temporal cluster on PostgreSQL, on this machine; see docs/cluster.md. */
await main(async () => {
  await ensureReady();
  // In this process: Ctrl-C is then the cluster's own.
  await import(pathToFileURL(join(ROOT, 'dist', 'embedded', 'cluster-main.js')).href);
});
