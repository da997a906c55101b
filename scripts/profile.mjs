import { runBuilt } from './run-built.mjs';

/** `npm run profile`: what the thread that runs the workflows spends its time on; see docs/performance.md. */
await runBuilt('bench', 'profile.js');
