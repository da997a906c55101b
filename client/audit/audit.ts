import type { WorkflowExecutionInfo } from '@temporalio/client';
import { NAMES } from '../../domain/contract.js';
import { failure } from '../../domain/failures.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { labelEntries, type Labels } from '../../domain/labels.js';
import type { PhoneNumber } from '../../domain/phone-number.js';
import { quoted, type Context } from '../context.js';
import { fromFailure, toLeaseholdError } from '../errors.js';
import { checkLabels } from '../list.js';
import { pageOfRuns, type Page, type PageOptions } from '../pages.js';
import { chainOf, factsOf, isGone } from './history.js';
import { OPEN_RUNS } from '../../domain/run-status.js';
import { LeaseStory } from './lease-story.js';
import type { AuditRecord } from './record.js';
import { RequestStory } from './request-story.js';

/** Which leases; nothing: all that Temporal keeps. */
export interface AuditOptions {
  number?: PhoneNumber;
  reference?: string;
  /** Every one of these must be on the lease. */
  labels?: Labels;
  /** Only what was open at this instant or later: ISO 8601, a day alone is its beginning in UTC. */
  since?: string;
}

/** Newest first, read run by run; each record is whole before the next one is begun. */
export async function* auditLeases(context: Context, options: AuditOptions): AsyncGenerator<AuditRecord> {
  checkLabels(options.labels);
  const query = queryOf(options);
  try {
    for await (const run of context.client.workflow.list({ query })) yield await auditRun(context, run);
  } catch (error) {
    throw toLeaseholdError(error);
  }
}

/** The same a page at a time. */
export async function pageOfAudit(
  context: Context,
  options: AuditOptions & PageOptions,
): Promise<Page<AuditRecord>> {
  checkLabels(options.labels);
  const { items: runs, ...rest } = await pageOfRuns(context, queryOf(options), options);
  const items: AuditRecord[] = [];
  try {
    for (const run of runs) items.push(await auditRun(context, run));
  } catch (error) {
    throw toLeaseholdError(error);
  }
  return { items, ...rest };
}

function auditRun(context: Context, run: WorkflowExecutionInfo): Promise<AuditRecord> {
  return run.type === NAMES.manageLease ? auditLease(context, run) : auditFailed(context, run);
}

/** Runs of numbers, and the requests that ended without any; a run that went on in another one is part of that. */
export function queryOf({ number, reference, labels = {}, since }: AuditOptions): string {
  const failed = `(WorkflowType = ${quoted(NAMES.provisionLease)} AND LeaseState = 'failed')`;
  const leases = `WorkflowType = ${quoted(NAMES.manageLease)}`;
  const terms = [
    number === undefined ? `(${leases} OR ${failed})` : leases,
    `ExecutionStatus != 'ContinuedAsNew'`,
  ];
  if (number !== undefined) terms.push(`WorkflowId = ${quoted(leaseId(number))}`);
  if (reference !== undefined) terms.push(`LeaseReference = ${quoted(reference)}`);
  for (const entry of labelEntries(labels)) terms.push(`LeaseLabels = ${quoted(entry)}`);
  if (since !== undefined) {
    const instant = quoted(instantOf(since));
    terms.push(`(${OPEN_RUNS} OR CloseTime >= ${instant})`);
  }
  return terms.join(' AND ');
}

function instantOf(since: string): string {
  const at = Date.parse(since);
  if (/^\d{4}-\d\d-\d\d/.test(since) && !Number.isNaN(at)) return new Date(at).toISOString();
  const message = `since must be a day such as "2026-01-01", or an instant of ISO 8601, got ${JSON.stringify(since)}`;
  throw fromFailure(failure('InvalidRequest', message, { field: 'since' }));
}

async function auditLease(context: Context, run: WorkflowExecutionInfo): Promise<AuditRecord> {
  const gaps: string[] = [];
  const story = new LeaseStory();
  const { runIds, earlierGone } = await chainOf(context, run.workflowId, run.runId);
  if (earlierGone) gaps.push(`earlier runs of ${run.workflowId} are not kept any more`);
  for (const runId of runIds) {
    if (!(await told(context, run.workflowId, runId, story))) gaps.push(goneRun(run.workflowId, runId));
  }
  const request = story.input && (await auditRequest(context, story.input, gaps));
  const record = story.record(Date.now());
  const { given, request: asked } = request ?? {};
  const own = new Set((given?.messages ?? []).map(({ id }) => id));
  for (const text of record.texts) if (own.has(text.id)) text.by ??= asked?.by ?? null;
  return {
    ...record,
    number: record.number ?? run.workflowId.replace(/^lease\//, ''),
    request: asked ?? null,
    gaps,
  };
}

async function auditRequest(
  context: Context,
  { reference, provisionRunId }: { reference: string; provisionRunId: string },
  gaps: string[],
): Promise<RequestStory | undefined> {
  const story = new RequestStory(provisionRunId);
  const id = provisionId(reference);
  for (let runId: string | undefined = provisionRunId; runId !== undefined && runId !== '';) {
    const next = await told(context, id, runId, story);
    if (!next) {
      gaps.push(goneRun(id, runId));
      if (runId === provisionRunId) return undefined;
    }
    runId = next ? next.continuedAs : undefined;
  }
  return story;
}

/** A request that ended without a number; whatever it tried has a record of its own. */
async function auditFailed(context: Context, run: WorkflowExecutionInfo): Promise<AuditRecord> {
  const gaps: string[] = [];
  const { runIds, earlierGone } = await chainOf(context, run.workflowId, run.runId);
  if (earlierGone) gaps.push(`earlier runs of ${run.workflowId} are not kept any more`);
  const story = new RequestStory(runIds[0] ?? run.runId);
  for (const runId of runIds) {
    if (!(await told(context, run.workflowId, runId, story))) gaps.push(goneRun(run.workflowId, runId));
  }
  const { labels } = story.given;
  return {
    ...new LeaseStory().record(Date.now()),
    reference: run.workflowId.replace(/^provision\//, ''),
    ...(labels && { labels }),
    state: 'failed',
    request: story.request,
    reason: story.request.failure?.message ?? null,
    gaps,
  };
}

/** Tells one run's facts to a story. Undefined: its history is not kept. */
async function told(
  context: Context,
  workflowId: string,
  runId: string,
  story: LeaseStory | RequestStory,
): Promise<{ continuedAs?: string } | undefined> {
  let continuedAs: string | undefined;
  try {
    for await (const fact of factsOf(context, workflowId, runId)) {
      if (fact.kind === 'continued') continuedAs = fact.runId;
      story.add(fact);
    }
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  return continuedAs === undefined ? {} : { continuedAs };
}

function goneRun(workflowId: string, runId: string): string {
  return `the history of ${workflowId}, run ${runId}, is not kept any more`;
}
