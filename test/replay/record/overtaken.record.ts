/** A provision whose first offers others take, the second one seconds after it has searched. */
import { NAMES } from '../../../domain/contract.js';
import { Plan, ROUTE } from '../../support/plan.js';
import { giveBack, provision, record } from './recorder.js';

const faults = new Plan();

record('overtaken', { workflows: [NAMES.provisionLease], faults }, async (world) => {
  const take = ({ number = '' }) => {
    void world.simulator.controls.leaseByOther(number);
    return { phase: 'before', delayMs: 2_000 } as const;
  };
  faults.on(ROUTE.lease, take, 2);
  await giveBack(await provision(world));
});
