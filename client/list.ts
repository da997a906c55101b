import { listRuns, type RunSeen } from '../activities/read-runs.js';
import type { LeaseState } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import { labelEntries, labelsFrom, labelsProblem, type Labels } from '../domain/labels.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { OPEN_RUNS } from '../domain/run-status.js';
import {
  LEASE_EXPIRES_AT,
  LEASE_LABELS,
  LEASE_HEALTH,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../domain/search-attributes.js';
import { linkTo, quoted, type Context } from './context.js';
import { fromFailure, toLeaseholdError } from './errors.js';
import { stalledBy } from './stalled.js';
import { pageOfRuns, type Page, type PageOptions } from './pages.js';

export interface ListOptions {
  state?: LeaseState;
  reference?: string;
  /** Every one of these must be on the lease. */
  labels?: Labels;
  /** Leases that are over as well; default: with `state: 'released'` only. */
  closed?: boolean;
  /** At most so many; default: all. */
  limit?: number;
}

/** A lease as Temporal lists it: a moment old, and without asking its run. */
export interface LeaseSummary {
  number: PhoneNumber;
  reference: string;
  /** Absent where it has none. */
  labels?: Labels;
  state: string;
  /** ISO 8601, as every time below. */
  expiresAt?: string;
  /** What is wrong with the number, where its health is looked at: `reputation`, `paused`, `substituted`, or `ok`. */
  health?: string;
  /** Set where its run makes no progress, and why; only a server of version 1.30 or newer lists that. */
  stalled?: string;
  /** Set where this process cannot decode what belongs to the run, and why: it lacks a key, or the data converter. */
  unreadable?: string;
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
  checkLabels(options.labels);
  const pageSize = Math.min(limit, LARGEST_PAGE);
  let given = 0;
  try {
    for await (const run of listRuns(context.client, queryOf(options), pageSize)) {
      const lease = summary(context, run);
      if (!hasLabels(lease, options.labels)) continue;
      yield lease;
      given += 1;
      if (given >= limit) return;
    }
  } catch (error) {
    throw toLeaseholdError(error);
  }
}

/** The same a page at a time. */
export async function pageOfLeases(
  context: Context,
  options: Omit<ListOptions, 'limit'> & PageOptions,
): Promise<Page<LeaseSummary>> {
  checkLabels(options.labels);
  const { items, ...rest } = await pageOfRuns(context, queryOf(options), options);
  const leases = items.map((run) => summary(context, run));
  return { items: leases.filter((lease) => hasLabels(lease, options.labels)), ...rest };
}

export function checkLabels(labels: Labels = {}): void {
  const problem = labelsProblem(labels);
  if (!problem) return;
  const field = problem.key === undefined ? 'labels' : `labels.${problem.key}`;
  throw fromFailure(failure('InvalidRequest', `${field} ${problem.must}`, { field }));
}

/** Temporal's SQL stores do not tell `Acme` from `acme`. */
export function hasLabels({ labels = {} }: LeaseSummary, wanted: Labels = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

export function queryOf({
  state,
  reference,
  labels = {},
  closed = state === 'released',
}: ListOptions): string {
  const status = closed ? `ExecutionStatus != 'ContinuedAsNew'` : OPEN_RUNS;
  const terms = [`WorkflowType = ${quoted(NAMES.manageLease)}`, status];
  if (state !== undefined) terms.push(`LeaseState = ${quoted(state)}`);
  if (reference !== undefined) terms.push(`LeaseReference = ${quoted(reference)}`);
  for (const entry of labelEntries(labels)) terms.push(`LeaseLabels = ${quoted(entry)}`);
  return terms.join(' AND ');
}

export function summary(context: Context, run: RunSeen): LeaseSummary {
  const { typedSearchAttributes: attributes, workflowId, runId } = run;
  const expiresAt = attributes.get(LEASE_EXPIRES_AT)?.toISOString();
  const monthlyRate = attributes.get(LEASE_MONTHLY_RATE);
  const labels = attributes.get(LEASE_LABELS);
  const health = attributes.get(LEASE_HEALTH);
  const url = linkTo(context, workflowId, runId);
  const stalled = stalledBy(run);
  return {
    number: attributes.get(LEASE_NUMBER) ?? workflowId.replace(/^lease\//, ''),
    reference: attributes.get(LEASE_REFERENCE) ?? '',
    ...(labels && { labels: labelsFrom(labels) }),
    state: attributes.get(LEASE_STATE) ?? run.status.name.toLowerCase(),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(health !== undefined && { health }),
    ...(stalled !== undefined && { stalled }),
    ...(run.unreadable !== undefined && { unreadable: run.unreadable }),
    ...(monthlyRate !== undefined && { monthlyRate }),
    startedAt: run.startTime.toISOString(),
    ...(run.closeTime && { closedAt: run.closeTime.toISOString() }),
    runId,
    ...(url !== undefined && { url }),
  };
}
