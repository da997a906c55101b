import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  getExternalWorkflowHandle,
  proxyActivities,
  sleep,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../activities/index.js';
import { NAMES, type ProvisionRequest } from '../domain/contract.js';
import { failureFrom } from '../domain/failures.js';
import { provisionId } from '../domain/ids.js';
import { labelEntries } from '../domain/labels.js';
import {
  itemRequest,
  windowOf,
  type CarriedMany,
  type ItemOutcome,
  type ManyReport,
  type ManyRequest,
} from '../domain/many.js';
import { LEASE_LABELS, LEASE_REFERENCE, LEASE_STATE } from '../domain/search-attributes.js';
import { asError } from './checks.js';
import { handleQuery } from './handlers.js';
import { isHistoryLong } from './long-history.js';
import { ManyRun } from './many-run.js';
import type { provisionLease } from './provision-lease.js';
import { reads } from './steps.js';
import { waitAfter } from './until-answered.js';

const { seeItem } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
});

const progressQuery = defineQuery<ManyReport>(NAMES.progress);

/** What is known before the request has been checked: it may be anything. */
const NOT_YET: ManyReport = {
  reference: '',
  state: 'running',
  count: 0,
  counts: { leased: 0, failed: 0, cancelled: 0, underway: 0, notStarted: 0 },
  monthly: {},
  upfront: {},
  failures: [],
  items: [],
};

/** Between two looks at a run that is not this one's child, before chance spreads it. */
const LONGEST_LOOK_MS = 30_000;

/**
 * Leases many numbers, a window of them at a time, each by a provision of its own: what an item has begun goes on and
 * is found under its reference, whatever becomes of this run. It ends with what came of each item, also when it is
 * cancelled, and then leaves alone what is leased.
 */
export async function provisionMany(request: ManyRequest, carried?: CarriedMany): Promise<ManyReport> {
  const cancelled = CancellationScope.current().cancelRequested;
  let run: ManyRun | undefined;
  handleQuery(progressQuery, () => run?.report() ?? NOT_YET);
  return CancellationScope.nonCancellable(async () => {
    const checked = carried?.checked ? request : await check(request);
    run = new ManyRun(checked, carried);
    return leaseAll(run, cancelled);
  });
}

async function leaseAll(run: ManyRun, cancelled: Promise<never>): Promise<ManyReport> {
  cancelled.catch(() => {
    cancel(run);
  });
  const lanes = Promise.all(Array.from({ length: windowOf(run.request) }, () => lane(run)));
  const ended = lanes.then(() => true);
  const isOver = await Promise.race([ended, condition(() => isHistoryLong()).then(() => false)]);
  if (!isOver) await continueAsNew<typeof provisionMany>(run.request, run.carry());
  return run.report();
}

/** By an activity: the check is too large for a workflow. Nothing is started before. */
async function check(request: ManyRequest): Promise<ManyRequest> {
  const checked = await reads.checkMany.executeWithOptions({ summary: 'check the request' }, [request]);
  if ('failure' in checked) throw asError(checked.failure);
  return checked.request;
}

/** One item after the other; as many lanes as the window is wide. */
async function lane(run: ManyRun): Promise<void> {
  for (let next = await run.take(); next; next = await run.take()) {
    const request = itemRequest(run.request, next.item);
    const joined = next.join ? await join(run, request) : undefined;
    run.settle(next.item, joined ?? (await provision(run, request)));
  }
}

/** A reference that has its answer, or is at it, is not asked for again. */
async function provision(run: ManyRun, request: ProvisionRequest): Promise<ItemOutcome> {
  for (;;) {
    if (run.isCancelled()) return { cancelled: true };
    const child = await start(request);
    if (child && run.isCancelled()) void cancelItem(request);
    const outcome = child ? await outcomeOf(child) : await join(run, request);
    if (outcome) return outcome;
  }
}

/** Undefined where its id is taken: it is under way, or was leased before. */
async function start(
  request: ProvisionRequest,
): Promise<ChildWorkflowHandle<typeof provisionLease> | undefined> {
  const { reference, labels = {} } = request;
  const entries = labelEntries(labels);
  try {
    return await startChild<typeof provisionLease>(NAMES.provisionLease, {
      workflowId: provisionId(reference),
      args: [request],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      parentClosePolicy: 'ABANDON',
      typedSearchAttributes: [
        { key: LEASE_REFERENCE, value: reference },
        { key: LEASE_STATE, value: 'finding' },
        ...(entries.length > 0 ? [{ key: LEASE_LABELS, value: entries }] : []),
      ],
      staticSummary: `${reference}, one of many`,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function outcomeOf(child: ChildWorkflowHandle<typeof provisionLease>): Promise<ItemOutcome> {
  try {
    const { number, billing } = await child.result();
    return { leased: { number, billing } };
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { cancelled: true };
    const facts = cause instanceof ApplicationFailure ? cause : { message: cause?.message ?? error.message };
    return { failure: failureFrom(facts) };
  }
}

/** Waits for a run that is not this one's child, and does not go with it. Undefined: there is none. */
async function join(run: ManyRun, request: ProvisionRequest): Promise<ItemOutcome | undefined> {
  const summary = `look for ${request.reference}`;
  for (let looked = 1; ; looked += 1) {
    const seen = await look(request, summary);
    if (seen === 'none') return undefined;
    if (seen !== 'underway') return seen;
    if (run.isCancelled() && looked === 1) void cancelItem(request);
    await sleep(Math.min(waitAfter(looked), LONGEST_LOOK_MS), { summary: `${request.reference} is at it` });
  }
}

/** Temporal that does not answer now does later. */
async function look(request: ProvisionRequest, summary: string) {
  try {
    return await seeItem.executeWithOptions({ summary }, [request]);
  } catch (error) {
    if (error instanceof ActivityFailure) return 'underway';
    throw error;
  }
}

/** What is under way gives back what it has not yet leased for good, and ends; it is heard of as before. */
function cancel(run: ManyRun): void {
  run.stop({ why: 'cancelled', message: 'the batch was cancelled' });
  for (const item of run.inFlight) void cancelItem(itemRequest(run.request, item));
}

/** One that has ended meanwhile, or is not there yet, cannot be cancelled; the latter is as soon as it is. */
function cancelItem({ reference }: ProvisionRequest): Promise<void> {
  return CancellationScope.nonCancellable(() =>
    getExternalWorkflowHandle(provisionId(reference)).cancel(),
  ).catch(() => undefined);
}
