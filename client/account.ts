import { randomUUID } from 'node:crypto';
import type { AdoptReport, AdoptRequest } from '../domain/adoption.js';
import { parseAdoptRequest } from '../domain/account-requests.js';
import { NAMES } from '../domain/contract.js';
import { adoptionId } from '../domain/ids.js';
import { outlastingOutages } from './calls.js';
import { ask, type Context } from './context.js';
import { checked } from './lease.js';

type AdoptNumbers = (request: AdoptRequest) => Promise<AdoptReport>;

/** Has runs take over numbers that the account leases already, and waits for what they say. */
export async function adopt(context: Context, request: AdoptRequest): Promise<AdoptReport> {
  const { client, taskQueue } = context;
  const valid = checked(() => parseAdoptRequest(request, Date.now()));
  const { numbers } = valid;
  const handle = await ask(context, () =>
    client.workflow.start<AdoptNumbers>(NAMES.adoptNumbers, {
      workflowId: adoptionId(randomUUID()),
      taskQueue,
      args: [valid],
      staticSummary: `adopt ${numbers ? numbers.slice(0, 5).join(', ') : 'all that is leased'}`,
    }),
  );
  return outlastingOutages(() => handle.result());
}
