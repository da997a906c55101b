import { condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { provisionId } from '../domain/ids.js';
import { WAKE, WAKES_AFTER_MS } from '../domain/lease-input.js';
import type { LeaseRun } from './lease-run.js';

/**
 * Wakes the provision once its answer is there, where that took long: it asks again at once, and not when a timer of
 * minutes is over. It loses nothing where it is not woken.
 */
export async function wakeOwner({ input, memory }: LeaseRun): Promise<void> {
  if (input.adopt || memory.acquired) return;
  await condition(() => memory.acquired !== undefined);
  const isLate =
    input.carried !== undefined || Date.now() - workflowInfo().startTime.getTime() >= WAKES_AFTER_MS;
  if (!isLate) return;
  const owner = getExternalWorkflowHandle(provisionId(input.reference));
  await owner.signal(WAKE).catch(() => undefined); // it has ended
}
