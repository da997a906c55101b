import { WorkflowUpdateStage, type WorkflowHandle } from '@temporalio/client';
import { NAMES, type LeaseStatus, type ResolveRequest } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { Simulator } from '../simulator/index.js';
import { leaseOf, leasesIn } from './leases.js';

/**
 * What an operator does who can look into the vendor's books: says of each disputed lease whose it is. One that was leased by
 * hand is the run's where that has adopted it, under whatever id.
 */
export async function resolveDisputes([any]: readonly WorkflowHandle[], simulator: Simulator): Promise<void> {
  const ledger = await simulator.controls.ledger();
  const leases = leasesIn(ledger);
  for (const { number, leaseId: held, by } of ledger.open) {
    const run = any?.client.getHandle(leaseId(number));
    const status = await run?.query<LeaseStatus>(NAMES.status).catch(() => undefined); // it has no run
    if (!run || status?.attention?.kind !== 'disputed') continue;
    const ids: (string | null)[] = leaseOf(leases, held)?.leaseIds ?? [];
    const decision = by === 'us' || ids.includes(status.leaseId) ? 'ours' : 'not-ours';
    const request: ResolveRequest = { decision, leaseId: held, by: 'the simulated operator' };
    await run
      .startUpdate(NAMES.resolve, { args: [request], waitForStage: WorkflowUpdateStage.ACCEPTED })
      .catch(() => undefined); // it shows another lease by now, and is asked again
  }
}
