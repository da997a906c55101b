import { isDeepStrictEqual } from 'node:util';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { NAMES, type Leased, type ProvisionRequest } from '../domain/contract.js';
import { failure, failureFrom, type Failure } from '../domain/failures.js';
import { provisionId } from '../domain/ids.js';
import { InvalidRequestError } from '../domain/invalid-request.js';
import type { ItemOutcome, ManyRequest } from '../domain/many.js';
import { parseManyRequest } from '../domain/many-request.js';
import { parseProvisionRequest } from '../domain/request.js';
import type { Shared } from './deps.js';
import { isOpenRun } from './lease-runs.js';
import { firstInput } from './run-input.js';

/** `none`: no run has this reference. `underway`: ask again. */
export type ItemSeen = ItemOutcome | 'none' | 'underway';

/** The request with country codes in upper case, or why it cannot be meant. */
export type ManyChecked = { request: ManyRequest } | { failure: Failure };

/** What `provisionMany` must ask of the world: whether its request can be meant, and what runs not its own came to. */
export function provisionManyActivities({ temporal, now }: Shared) {
  /** A run started from another language passed no check of ours. */
  async function checkMany(request: ManyRequest): Promise<ManyChecked> {
    const at = await now();
    return attempt(() => ({ request: parseManyRequest(request, at) }));
  }

  /** What the run of this item came to, whoever has started it; it must have been for the same request. */
  async function seeItem(request: ProvisionRequest): Promise<ItemSeen> {
    const { reference } = request;
    const run = await describe(temporal, provisionId(reference));
    if (!run) return 'none';
    if (!(await isSame(temporal, run, request))) {
      const message = `reference "${reference}" was used for another request`;
      return { failure: failure('ReferenceMismatch', message, { field: 'reference' }) };
    }
    return isOpenRun(run) ? 'underway' : endOf(temporal, run);
  }

  return { checkMany, seeItem };
}

function attempt(check: () => ManyChecked): ManyChecked {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidRequestError) return { failure: error.failure };
    throw error;
  }
}

async function describe({ workflow }: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function isSame(
  temporal: Client,
  run: WorkflowExecutionDescription,
  request: ProvisionRequest,
): Promise<boolean> {
  if (run.type !== NAMES.provisionLease) return false;
  const input = await firstInput(temporal, run.workflowId, run.runId);
  try {
    return isDeepStrictEqual(parseProvisionRequest(input), parseProvisionRequest(request));
  } catch {
    return false; // it was asked for with what is no request
  }
}

async function endOf({ workflow }: Client, { workflowId, runId }: WorkflowExecutionDescription) {
  try {
    const { number, billing } = (await workflow.getHandle(workflowId, runId).result()) as Leased;
    return { leased: { number, billing } };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { cancelled: true as const };
    const facts = cause instanceof ApplicationFailure ? cause : { message: cause?.message ?? error.message };
    return { failure: failureFrom(facts) };
  }
}
