/** A number that took long to lease: its run wakes the provision. */
import { NAMES } from '../../../domain/contract.js';
import { ROUTE } from '../../support/plan.js';
import { faulty, provision, record } from './recorder.js';

record(
  'woken',
  {
    workflows: [NAMES.provisionLease, NAMES.manageLease],
    faults: faulty(ROUTE.read, { phase: 'before', status: 503 }, 4),
  },
  (world) => provision(world),
);
