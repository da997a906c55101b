import { runBuilt } from './run-built.mjs';

/** `npm run load`: many clients at once on one gateway; see docs/gateway.md. */
await runBuilt('bench', 'load.js');
