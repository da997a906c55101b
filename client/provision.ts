import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Leased, ProvisionMemo, ProvisionRequest, ProvisionStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { provisionId } from '../domain/ids.js';
import type { Billing } from '../domain/number-record.js';
import { InvalidRequestError } from '../domain/invalid-request.js';
import { parseProvisionRequest } from '../domain/request.js';
import { labelEntries } from '../domain/labels.js';
import { LEASE_LABELS, LEASE_REFERENCE, LEASE_STATE } from '../domain/search-attributes.js';
import { instantOf } from '../domain/zoned-time.js';
import { isOpenStatus } from '../domain/run-status.js';
import { bounded, QUERY_LIMIT_MS } from './calls.js';
import { ask, describe, linkTo, type Context } from './context.js';
import { digestRequest, firstDifference, type RequestDigest } from './digest.js';
import { LeaseholdError, toLeaseholdError } from './errors.js';
import { checked, Lease } from './lease.js';
import { firstInput } from './run-input.js';
import { resultOf, withQueueNamed } from './task-queue.js';
import { detailsOf, summaryOf } from './words.js';

type ProvisionLease = (request: ProvisionRequest) => Promise<Leased>;

/** A number that was leased for a request: a `Lease` with the facts of its first moment. */
export class ProvisionedLease extends Lease {
  readonly reference: string;
  readonly leaseId: string;
  readonly billing: Billing;
  /** ISO 8601. */
  readonly leasedAt: string;

  constructor(
    context: Context,
    /** The answer of `provisionLease` as it came. */
    readonly leased: Leased,
    provisionRunId: string,
  ) {
    super(context, leased.number, { provisionRunId, reference: leased.reference });
    this.reference = leased.reference;
    this.leaseId = leased.leaseId;
    this.billing = leased.billing;
    this.leasedAt = leased.leasedAt;
  }
}

/** A request under way. Every method rejects with `LeaseholdError`. */
export class Provision {
  constructor(
    private readonly context: Context,
    readonly reference: string,
    readonly runId: string,
  ) {}

  /** Its page in the Temporal UI, where one is known. */
  get url(): string | undefined {
    return linkTo(this.context, provisionId(this.reference), this.runId);
  }

  /** Resolves as soon as the number is usable. */
  async result(): Promise<ProvisionedLease> {
    const leased = await resultOf(this.context, this.handle);
    return new ProvisionedLease(this.context, leased, this.runId);
  }

  /** Whether it is still under way; where it is not, `result` answers at once. Needs no worker. */
  async isOpen(): Promise<boolean> {
    const { context, reference, runId } = this;
    const run = await describe(context, provisionId(reference), runId);
    if (run?.status.name !== 'CONTINUED_AS_NEW') return run !== undefined && isOpenStatus(run.status.name);
    const newest = await describe(context, provisionId(reference));
    return newest !== undefined && isOpenStatus(newest.status.name) && firstRunOf(newest) === firstRunOf(run);
  }

  async status(): Promise<ProvisionStatus> {
    const handle = await this.latest();
    const query = () => handle.query<ProvisionStatus>(NAMES.status);
    const { context } = this;
    return withQueueNamed(context, handle, () => bounded(context.client.connection, QUERY_LIMIT_MS, query));
  }

  /** Gives up the search; a number that was leased meanwhile is given back. */
  async cancel(): Promise<void> {
    const handle = await this.latest();
    await ask(this.context, () => handle.cancel());
  }

  /** The run that this one went on in, where it did. A later try under the same reference is not that. */
  private async latest(): Promise<WorkflowHandle<ProvisionLease>> {
    const { context, reference, runId } = this;
    const [own, newest] = await Promise.all([
      describe(context, provisionId(reference), runId),
      describe(context, provisionId(reference)),
    ]);
    if (!own || !newest || firstRunOf(own) !== firstRunOf(newest)) return this.handle;
    return context.client.workflow.getHandle<ProvisionLease>(provisionId(reference), newest.runId);
  }

  private get handle(): WorkflowHandle<ProvisionLease> {
    return this.context.client.workflow.getHandle<ProvisionLease>(provisionId(this.reference), this.runId);
  }
}

/** The newest request with this reference; undefined where there is none, or none is kept any more. */
export async function findProvision(context: Context, reference: string): Promise<Provision | undefined> {
  const run = await describe(context, provisionId(reference));
  return run && new Provision(context, reference, firstRunOf(run));
}

/** A run for this reference, new or not, and the check that it was started for the same request. */
export interface Begun {
  provision: Provision;
  same: Promise<void>;
}

/** Starts the request, or joins the run that was started for its reference before. */
export async function beginProvision(context: Context, input: ProvisionRequest): Promise<Begun> {
  const request = checked(() => parseProvisionRequest(input));
  await refuseLateStart(context, request);
  const digest = digestRequest(request);
  const { reference } = request;
  const started = await ask(context, () => start(context, request, digest));
  if (started !== undefined)
    return { provision: new Provision(context, reference, started), same: Promise.resolve() };
  const run = await newestRun(context, reference);
  const same = assertSame(context, reference, run, digest);
  same.catch(() => undefined); // whoever waits for it hears of it
  return { provision: new Provision(context, reference, run), same };
}

/** An end in the past is wrong for a new request, and right for one whose answer is asked for again. */
export async function refuseLateStart(
  context: Context,
  { reference, until }: ProvisionRequest,
): Promise<void> {
  const end = instantOf(until);
  if (until === undefined || typeof end !== 'number' || end > Date.now()) return;
  const run = await describe(context, provisionId(reference));
  if (run && (isOpenStatus(run.status.name) || run.status.name === 'COMPLETED')) return;
  throw toLeaseholdError(new InvalidRequestError(`until must be in the future, got "${until}"`, 'until'));
}

/** The run's id; undefined where the reference has a run, or its answer, already. A failed one may be tried again. */
async function start(
  { client, taskQueue }: Context,
  request: ProvisionRequest,
  requestDigest: RequestDigest,
): Promise<string | undefined> {
  const memo: ProvisionMemo = { requestDigest };
  const labels = labelEntries(request.labels ?? {});
  try {
    const handle = await client.workflow.start<ProvisionLease>(NAMES.provisionLease, {
      workflowId: provisionId(request.reference),
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      memo: { ...memo },
      typedSearchAttributes: [
        { key: LEASE_REFERENCE, value: request.reference },
        { key: LEASE_STATE, value: 'finding' },
        ...(labels.length > 0 ? [{ key: LEASE_LABELS, value: labels }] : []),
      ],
      staticSummary: summaryOf(request),
      staticDetails: detailsOf(request),
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function newestRun(context: Context, reference: string): Promise<string> {
  const run = await describe(context, provisionId(reference));
  if (run) return firstRunOf(run);
  throw new LeaseholdError('UnexpectedResponse', `the run of reference "${reference}" is not kept any more`);
}

export function firstRunOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

/** Rejects with `ReferenceMismatch` where the run was started for another request. */
async function assertSame(
  context: Context,
  reference: string,
  runId: string,
  digest: RequestDigest,
): Promise<void> {
  const field = await differenceFrom(context, reference, runId, digest);
  if (field === undefined) return;
  const message = `reference "${reference}" was used for another request: its ${field} differs`;
  throw new LeaseholdError('ReferenceMismatch', message, { field });
}

/** The first field in which the request differs from the one that the run was started for; undefined: they are the same. */
export async function differenceFrom(
  context: Context,
  reference: string,
  runId: string,
  digest: RequestDigest,
): Promise<string | undefined> {
  const run = await describe(context, provisionId(reference), runId);
  const { requestDigest }: Partial<ProvisionMemo> = run?.memo ?? {};
  return firstDifference(requestDigest ?? (await digestOfInput(context, reference, runId)), digest);
}

/** A run that another program started has no digest in its memo: its input tells. */
async function digestOfInput(context: Context, reference: string, runId: string): Promise<RequestDigest> {
  const input = await firstInput(context, provisionId(reference), runId);
  try {
    return digestRequest(parseProvisionRequest(input));
  } catch {
    throw new LeaseholdError(
      'ReferenceMismatch',
      `reference "${reference}" was used for a request that is not valid`,
      {
        field: 'reference',
      },
    );
  }
}
