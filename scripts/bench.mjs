import { runBuilt } from './run-built.mjs';

/** `npm run bench`: what a life costs, beside a bare script and textbook Temporal; see docs/performance.md. */
await runBuilt('bench', 'main.js');
