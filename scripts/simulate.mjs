import { runBuilt } from './run-built.mjs';

/** `npm run simulate -- --seeds 100`: fleets of leases against a faulty API; see docs/reliability.md. */
await runBuilt('simulation', 'main.js');
