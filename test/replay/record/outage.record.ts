/** A run whose lease calls meet maintenance, while reads are answered. */
import { ROUTE } from '../../support/plan.js';
import { faulty, giveBack, provision, record } from './recorder.js';

record(
  'outage-of-leasing',
  { faults: faulty(ROUTE.lease, { phase: 'before', status: 503 }, 5) },
  async (world) => {
    await giveBack(await provision(world));
  },
);
