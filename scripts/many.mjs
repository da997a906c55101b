import { runBuilt } from './run-built.mjs';

/** `npm run many`: a thousand numbers by one call against a faulty API; see docs/many.md. */
await runBuilt('bench', 'many.js');
