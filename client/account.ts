import { randomUUID } from 'node:crypto';
import type { AdoptReport, AdoptRequest } from '../domain/adoption.js';
import { parseAdoptRequest } from '../domain/account-requests.js';
import { NAMES } from '../domain/contract.js';
import { adoptionId } from '../domain/ids.js';
import { ask, describe, type Context } from './context.js';
import { checked } from './lease.js';
import { resultOf } from './task-queue.js';

type AdoptNumbers = (request: AdoptRequest) => Promise<AdoptReport>;

/** An adoption under way, or over. Every method rejects with `LeaseholdError`. */
export class Adoption {
  constructor(
    private readonly context: Context,
    readonly id: string,
  ) {}

  /** Resolves when every number has its answer. */
  result(): Promise<AdoptReport> {
    const { context } = this;
    return resultOf(context, context.client.workflow.getHandle<AdoptNumbers>(adoptionId(this.id)));
  }
}

/** Undefined where there is none of this id, or it is not kept any more. */
export async function findAdoption(context: Context, id: string): Promise<Adoption | undefined> {
  return (await describe(context, adoptionId(id))) && new Adoption(context, id);
}

/** Has runs take over numbers that the account leases already. */
export async function startAdoption(context: Context, request: AdoptRequest): Promise<Adoption> {
  const { client, taskQueue } = context;
  const valid = checked(() => parseAdoptRequest(request, Date.now()));
  const { numbers } = valid;
  const id = randomUUID();
  await ask(context, () =>
    client.workflow.start<AdoptNumbers>(NAMES.adoptNumbers, {
      workflowId: adoptionId(id),
      taskQueue,
      args: [valid],
      staticSummary: `adopt ${numbers ? numbers.slice(0, 5).join(', ') : 'all that is leased'}`,
    }),
  );
  return new Adoption(context, id);
}
