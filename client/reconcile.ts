import { randomUUID } from 'node:crypto';
import { parseReconcileRequest } from '../domain/account-requests.js';
import { NAMES } from '../domain/contract.js';
import { reconcilePassId } from '../domain/ids.js';
import type { ReconcileReport, ReconcileRequest } from '../domain/reconciliation.js';
import { ask, type Context } from './context.js';
import { checked } from './lease.js';
import { resultOf } from './task-queue.js';

export type ReconcileLeases = (request: ReconcileRequest) => Promise<ReconcileReport>;

/** One pass now, beside those of the Schedule; waits for what it found. */
export async function reconcile(context: Context, request: ReconcileRequest): Promise<ReconcileReport> {
  const { client, taskQueue } = context;
  const valid = checked(() => parseReconcileRequest(request, Date.now()));
  const handle = await ask(context, () =>
    client.workflow.start<ReconcileLeases>(NAMES.reconcileLeases, {
      workflowId: reconcilePassId(randomUUID()),
      taskQueue,
      args: [valid],
      staticSummary: 'compare what is leased with who owns it',
    }),
  );
  return resultOf<ReconcileLeases>(context, handle);
}
