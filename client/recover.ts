import { WorkflowNotFoundError } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Context } from './context.js';
import { toLeaseholdError } from './errors.js';
import { listLeases } from './list.js';

/** What `recover` reached. */
export interface RecoverReport {
  /** Numbers whose runs are in doubt now, and settle by reading what they did since the backup. */
  inDoubt: PhoneNumber[];
}

/**
 * After the restore of an older backup of Temporal, and before workers start: puts every open lease run in doubt, because
 * none can see that it lost history. Needs no worker. May be repeated.
 * Leases that were made since the backup have no run at all: `reconcile` finds those.
 */
export async function recoverLeases(context: Context): Promise<RecoverReport> {
  const inDoubt: PhoneNumber[] = [];
  for await (const { number, runId } of listLeases(context)) {
    try {
      await context.client.workflow.getHandle(leaseId(number), runId).signal(NAMES.recover);
      inDoubt.push(number);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw toLeaseholdError(error); // that one has ended since
    }
  }
  return { inDoubt };
}
