import { WorkflowUpdateStage, type WorkflowHandle } from '@temporalio/client';
import { NAMES, type LeaseStatus, type ResolveRequest } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { Simulator } from '../simulator/index.js';
import { leaseOf, leasesIn } from './leases.js';

/**
 * What an operator does who can look into the vendor's books: says of each disputed lease whose it is. One that was leased by
 * hand is the run's where that has adopted it, and the vendor has renewed it under another id since.
 */
export async function resolveDisputes([any]: readonly WorkflowHandle[], simulator: Simulator): Promise<void> {
  const ledger = await simulator.controls.ledger();
  const leases = leasesIn(ledger);
  for (const { number, leaseId: held, by } of ledger.open) {
    const run = any?.client.getHandle(leaseId(number));
    const status = await run?.query<LeaseStatus>(NAMES.status).catch(() => undefined); // it has no run
    if (!run || status?.attention?.kind !== 'disputed') continue;
    const earlierIds = leaseOf(leases, held)?.leaseIds.filter((id) => id !== held) ?? [];
    const isAdopted = status.leaseId !== null && earlierIds.includes(status.leaseId);
    const decision = by === 'us' || isAdopted ? 'ours' : 'not-ours';
    const request: ResolveRequest = { decision, leaseId: held, by: 'the simulated operator' };
    await run
      .startUpdate(NAMES.resolve, { args: [request], waitForStage: WorkflowUpdateStage.ACCEPTED })
      .catch(() => undefined); // it shows another lease by now, and is asked again
  }
}
