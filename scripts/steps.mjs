import { runBuilt } from './run-built.mjs';

/** `npm run steps`: where the time to a usable number goes, step by step; see docs/performance.md. */
await runBuilt('bench', 'steps.js');
