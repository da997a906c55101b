import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { NAMES, type ProvisionMemo } from '../domain/contract.js';
import { manyId } from '../domain/ids.js';
import { labelEntries } from '../domain/labels.js';
import {
  carriedFrom,
  itemReference,
  wantedOf,
  type CarriedMany,
  type ManyItem,
  type ManyReport,
  type ManyRequest,
} from '../domain/many.js';
import { parseManyRequest } from '../domain/many-request.js';
import { LEASE_LABELS, LEASE_REFERENCE } from '../domain/search-attributes.js';
import { isOpenStatus } from '../domain/run-status.js';
import { bounded, QUERY_LIMIT_MS } from './calls.js';
import { ask, describe, linkTo, type Context } from './context.js';
import { digestRequest, firstDifference } from './digest.js';
import { LeaseholdError } from './errors.js';
import { checked } from './lease.js';
import { firstInput } from './run-input.js';
import { resultOf, withQueueNamed } from './task-queue.js';
import { detailsOf, summaryOf } from './words.js';

type ProvisionMany = (request: ManyRequest, carried?: CarriedMany) => Promise<ManyReport>;

/** What a batch has come to, each item with the reference under which it is found by itself. */
export interface BatchReport extends Omit<ManyReport, 'items'> {
  items: (ManyItem & { reference: string })[];
}

/** Many numbers under one reference. Every method rejects with `LeaseholdError`. */
export class Batch {
  constructor(
    private readonly context: Context,
    readonly reference: string,
    readonly runId?: string,
  ) {}

  /** Its page in the Temporal UI, where one is known. */
  get url(): string | undefined {
    return linkTo(this.context, manyId(this.reference), this.runId);
  }

  /** Resolves when nothing is under way any more. What failed or was left out is in the answer, and is no error. */
  async result(): Promise<BatchReport> {
    return named(await resultOf(this.context, this.handle));
  }

  /** How far it is; needs a worker. */
  async progress(): Promise<BatchReport> {
    const { context, newest } = this;
    const query = () =>
      bounded(context.client.connection, QUERY_LIMIT_MS, () => newest.query<ManyReport>(NAMES.progress));
    return named(await withQueueNamed(context, newest, query));
  }

  /**
   * Starts no more items and cancels those that are under way; what is leased stays leased. Asked for again, the batch
   * goes on with what is missing.
   */
  async cancel(): Promise<void> {
    await ask(this.context, () => this.newest.cancel());
  }

  private get handle(): WorkflowHandle<ProvisionMany> {
    return this.context.client.workflow.getHandle<ProvisionMany>(manyId(this.reference), this.runId);
  }

  /** The run that it went on in. */
  private get newest(): WorkflowHandle<ProvisionMany> {
    return this.context.client.workflow.getHandle<ProvisionMany>(manyId(this.reference));
  }
}

/**
 * Starts the batch, or joins the run that is at it. One that ended with items missing goes on with those; one that is
 * complete is not run again.
 */
export async function beginMany(context: Context, input: ManyRequest): Promise<Batch> {
  const request = checked(() => parseManyRequest(input));
  const { reference } = request;
  const before = await describe(context, manyId(reference));
  const status = before?.status.name;
  if (before && status !== 'FAILED') await assertSame(context, before, request);
  if (before && isOpenStatus(before.status.name)) return new Batch(context, reference, firstRunOf(before));
  const earlier = before && status === 'COMPLETED' ? await reportOf(context, before) : undefined;
  if (before && earlier && earlier.counts.leased === earlier.count) {
    return new Batch(context, reference, before.runId);
  }
  checked(() => parseManyRequest(request, Date.now()));
  const runId = await ask(context, () => start(context, request, earlier && carriedFrom(earlier)));
  return new Batch(context, reference, runId);
}

/** A batch that was started before; its newest run. */
export async function findBatch(context: Context, reference: string): Promise<Batch> {
  const run = await describe(context, manyId(reference));
  if (run) return new Batch(context, reference, run.runId);
  const message = `no batch has the reference "${reference}"`;
  throw new LeaseholdError('InvalidRequest', message, { field: 'reference' });
}

/** Of two who start one batch at a time the later one joins. */
async function start(
  { client, taskQueue }: Context,
  request: ManyRequest,
  carried: CarriedMany | undefined,
): Promise<string> {
  const { reference, count, labels = {} } = request;
  const entries = labelEntries(labels);
  const single = { ...wantedOf(request), reference };
  const handle = await client.workflow.start<ProvisionMany>(NAMES.provisionMany, {
    workflowId: manyId(reference),
    taskQueue,
    args: carried ? [request, carried] : [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: { requestDigest: digestOf(request) },
    typedSearchAttributes: [
      { key: LEASE_REFERENCE, value: reference },
      ...(entries.length > 0 ? [{ key: LEASE_LABELS, value: entries }] : []),
    ],
    staticSummary: `${count} numbers for ${summaryOf(single)}`,
    staticDetails: detailsOf(single),
  });
  return handle.firstExecutionRunId;
}

/** How wide the window is, when to stop and what to spend may differ: that is no other batch. */
function digestOf(request: ManyRequest): ProvisionMemo['requestDigest'] {
  const { reference, count } = request;
  return { ...digestRequest({ ...wantedOf(request), reference }), count: String(count) };
}

/** Rejects with `ReferenceMismatch` where the run was started for another request. */
async function assertSame(
  context: Context,
  run: WorkflowExecutionDescription,
  request: ManyRequest,
): Promise<void> {
  const { reference } = request;
  const { requestDigest }: Partial<ProvisionMemo> = run.memo ?? {};
  const before = requestDigest ?? (await digestOfInput(context, run, reference));
  const now = digestOf(request);
  const field = before['count'] === now['count'] ? firstDifference(before, now) : 'count';
  if (field === undefined) return;
  const message = `reference "${reference}" was used for another request: its ${field} differs`;
  throw new LeaseholdError('ReferenceMismatch', message, { field });
}

/** A run that another program started has no digest in its memo: its input tells. */
async function digestOfInput(context: Context, run: WorkflowExecutionDescription, reference: string) {
  const input = await firstInput(context, manyId(reference), run.runId);
  try {
    return digestOf(parseManyRequest(input));
  } catch {
    const message = `reference "${reference}" was used for a request that is not valid`;
    throw new LeaseholdError('ReferenceMismatch', message, { field: 'reference' });
  }
}

function reportOf(context: Context, run: WorkflowExecutionDescription): Promise<ManyReport> {
  const { workflowId, runId } = run;
  return resultOf(context, context.client.workflow.getHandle<ProvisionMany>(workflowId, runId));
}

function firstRunOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

function named(report: ManyReport): BatchReport {
  const { reference, items } = report;
  return {
    ...report,
    items: items.map((item, at) => ({ reference: itemReference(reference, at + 1), ...item })),
  };
}
