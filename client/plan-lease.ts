import type { ExtendRequest, TerminateRequest } from '../domain/contract.js';
import type { Failure } from '../domain/failures.js';
import { leaseId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { PlanAsked } from '../domain/plans.js';
import { bounded, QUERY_LIMIT_MS } from './calls.js';
import { describe, type Context } from './context.js';
import { fromFailure, LeaseholdError } from './errors.js';
import type { Chain } from './lease-chain.js';
import { withQueueNamed } from './task-queue.js';

type Asked = PlanAsked<TerminateRequest | ExtendRequest>;

/** Asks a number's run by a query, which leaves nothing in its history. Needs a worker, also after the release. */
export async function askForPlan<Plan extends { failure?: Failure }>(
  context: Context,
  number: PhoneNumber,
  { lastRunId }: Chain,
  name: string,
  request: Asked['request'],
): Promise<Plan> {
  const run = await describe(context, leaseId(number), lastRunId);
  const status = run?.status.name;
  if (status === 'TERMINATED' || status === 'FAILED' || status === 'TIMED_OUT') {
    const text = `the run of ${number} was ended from outside: the number may still be leased`;
    throw new LeaseholdError('RunKilled', text); // what it remembers would look like a lease that goes on
  }
  const { client } = context;
  const asked: Asked = { request, at: new Date().toISOString() };
  const handle = client.workflow.getHandle(leaseId(number), lastRunId);
  const query = () => handle.query<Plan, [Asked]>(name, asked);
  const plan = await withQueueNamed(context, handle, () => bounded(client.connection, QUERY_LIMIT_MS, query));
  if (plan.failure?.type === 'InvalidRequest') throw fromFailure(plan.failure);
  return plan;
}
