import { runBuilt } from './run-built.mjs';

/** `npm run idle`: thousands of open leases on one worker; see docs/performance.md. */
await runBuilt('bench', 'idle.js');
