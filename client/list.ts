import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { LeaseState } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import {
  LEASE_EXPIRES_AT,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../domain/search-attributes.js';
import { linkTo, quoted, type Context } from './context.js';
import { toLeaseholdError } from './errors.js';

export interface ListOptions {
  state?: LeaseState;
  reference?: string;
  /** Leases that are over as well; default: with `state: 'released'` only. */
  closed?: boolean;
  /** At most so many; default: all. */
  limit?: number;
}

/** A lease as Temporal lists it: a moment old, and without asking its run. */
export interface LeaseSummary {
  number: PhoneNumber;
  reference: string;
  state: string;
  /** ISO 8601, as every time below. */
  expiresAt?: string;
  /** In the currency that `lease(number).status()` tells. */
  monthlyRate?: number;
  startedAt: string;
  closedAt?: string;
  runId: string;
  /** Its page in the Temporal UI, where one is known. */
  url?: string;
}

const LARGEST_PAGE = 200;

export async function* listLeases(context: Context, options: ListOptions = {}): AsyncGenerator<LeaseSummary> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  if (limit < 1) return;
  const pageSize = Math.min(limit, LARGEST_PAGE);
  let given = 0;
  try {
    for await (const run of context.client.workflow.list({ query: queryOf(options), pageSize })) {
      yield summary(context, run);
      given += 1;
      if (given >= limit) return;
    }
  } catch (error) {
    throw toLeaseholdError(error);
  }
}

export function queryOf({ state, reference, closed = state === 'released' }: ListOptions): string {
  const terms = [`WorkflowType = ${quoted(NAMES.manageLease)}`, `ExecutionStatus != 'ContinuedAsNew'`];
  if (!closed) terms.push(`ExecutionStatus = 'Running'`);
  if (state !== undefined) terms.push(`LeaseState = ${quoted(state)}`);
  if (reference !== undefined) terms.push(`LeaseReference = ${quoted(reference)}`);
  return terms.join(' AND ');
}

function summary(context: Context, run: WorkflowExecutionInfo): LeaseSummary {
  const { typedSearchAttributes: attributes, workflowId, runId } = run;
  const expiresAt = attributes.get(LEASE_EXPIRES_AT)?.toISOString();
  const monthlyRate = attributes.get(LEASE_MONTHLY_RATE);
  const url = linkTo(context, workflowId, runId);
  return {
    number: attributes.get(LEASE_NUMBER) ?? workflowId.replace(/^lease\//, ''),
    reference: attributes.get(LEASE_REFERENCE) ?? '',
    state: attributes.get(LEASE_STATE) ?? run.status.name.toLowerCase(),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(monthlyRate !== undefined && { monthlyRate }),
    startedAt: run.startTime.toISOString(),
    ...(run.closeTime && { closedAt: run.closeTime.toISOString() }),
    runId,
    ...(url !== undefined && { url }),
  };
}
