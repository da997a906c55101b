import { WorkflowUpdateStage, type WorkflowHandle } from '@temporalio/client';
import { NAMES, type LeaseStatus, type ResolveRequest } from '../domain/contract.js';
import type { Simulator } from '../simulator/index.js';

/** What an operator does who can look into the vendor's books: says of each disputed lease whose it is. */
export async function resolveDisputes(runs: readonly WorkflowHandle[], simulator: Simulator): Promise<void> {
  const { open } = await simulator.controls.ledger();
  for (const run of runs) {
    const status = await run.query<LeaseStatus>(NAMES.status).catch(() => undefined);
    const held = open.find(({ number }) => number === status?.number);
    if (status?.attention?.kind !== 'disputed' || !held) continue;
    const decision = held.by === 'us' ? 'ours' : 'not-ours';
    const request: ResolveRequest = { decision, leaseId: held.leaseId, by: 'the simulated operator' };
    await run
      .startUpdate(NAMES.resolve, { args: [request], waitForStage: WorkflowUpdateStage.ACCEPTED })
      .catch(() => undefined); // it shows another lease by now, and is asked again
  }
}
