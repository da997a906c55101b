import { randomUUID } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Leased, ProvisionRequest } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import { planId, provisionId } from '../domain/ids.js';
import type { ProvisionPlan, SearchPlan } from '../domain/plans.js';
import { parseProvisionRequest } from '../domain/request.js';
import { isOpenStatus } from '../domain/run-status.js';
import { ask, describe, type Context } from './context.js';
import { digestRequest } from './digest.js';
import { checked } from './lease.js';
import { resultOf } from './task-queue.js';
import { differenceFrom, firstRunOf, Provision, refuseLateStart } from './provision.js';

type PlanProvision = (request: ProvisionRequest) => Promise<SearchPlan>;

/** A worker that comes an hour later has nobody to tell it to. */
const PLAN_LIMIT = '10m';

/** What `provision` would do with this request now; it starts a run that only looks. */
export async function planProvision(context: Context, input: ProvisionRequest): Promise<ProvisionPlan> {
  const request = checked(() => parseProvisionRequest(input));
  await refuseLateStart(context, request);
  const { reference } = request;
  const run = await describe(context, provisionId(reference));
  if (run && (isOpenStatus(run.status.name) || run.status.name === 'COMPLETED'))
    return planOfUsed(context, request, run);
  return { reference, ...(await planSearch(context, request)) };
}

/** The reference is in use: nothing new is leased for it, whatever is asked. */
async function planOfUsed(
  context: Context,
  request: ProvisionRequest,
  run: WorkflowExecutionDescription,
): Promise<ProvisionPlan> {
  const { reference } = request;
  const runId = firstRunOf(run);
  const field = await differenceFrom(context, reference, runId, digestRequest(request));
  if (field !== undefined) {
    const why = `reference "${reference}" was used for another request: its ${field} differs`;
    return { reference, act: 'fail', failure: failure('ReferenceMismatch', why, { field }), candidates: [] };
  }
  const provision = new Provision(context, reference, runId);
  if (run.status.name === 'COMPLETED') {
    const { leased } = await provision.result();
    return { reference, act: 'answer', candidates: [], ...placeOf(leased) };
  }
  const { number } = await provision.status();
  return { reference, act: 'join', candidates: [], ...(number !== undefined && { number }) };
}

function placeOf({ number, leaseId }: Leased): Pick<ProvisionPlan, 'number' | 'leaseId'> {
  return { number, leaseId };
}

async function planSearch(context: Context, request: ProvisionRequest): Promise<SearchPlan> {
  const { client, taskQueue } = context;
  const handle = await ask(context, () =>
    client.workflow.start<PlanProvision>(NAMES.planProvision, {
      workflowId: planId(randomUUID()),
      taskQueue,
      args: [{ ...request, messages: [] }], // a plan sends none, so its history has none
      workflowExecutionTimeout: PLAN_LIMIT,
      staticSummary: `only looks: what provisioning ${request.reference} would do`,
    }),
  );
  return resultOf<PlanProvision>(context, handle);
}
