import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { LeaseStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { Labels } from '../domain/labels.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { isOpen } from '../domain/number-record.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { LEASE_MONTHLY_RATE, LEASE_STATE } from '../domain/search-attributes.js';
import type { Holder, Survey, SurveyedLease } from '../domain/spending.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';
import { grpcCode, UNIMPLEMENTED } from './lease-runs.js';

export interface SurveyLeases {
  /** `next` of the page before; absent: the first page. */
  cursor?: string;
  /** Label keys that are limited: no other labels are told. */
  labelKeys: readonly string[];
}

export interface SurveyPage {
  open: SurveyedLease[];
  /** Absent after the last page. */
  next?: string;
}

export interface SurveyHolders {
  holders: readonly Holder[];
  /** By Temporal's clock, epoch milliseconds. */
  now: number;
}

/** Runs that are asked at once. */
const AT_ONCE = 20;
/** Far below the 2 MiB that Temporal lets an activity return, whatever the labels. */
const PAGE_SIZE = 500;
/** After so long nothing that a killed run has sent can lease its number any more. */
const KILLED_SETTLES_MS = 15 * 60_000;

/** What the open runs hold, a page at a time: for a book that is new, or may be wrong. */
export function surveyLeasesActivity({ temporal }: Shared) {
  return async ({ cursor, labelKeys }: SurveyLeases): Promise<SurveyPage> => {
    const { runs, next } = await pageOfRuns(temporal, cursor);
    const leases = await inParallel(runs, AT_ONCE, (run) => leaseOf(temporal, run));
    const open = leases.flatMap((lease) => (lease ? [withLabels(lease, labelKeys)] : []));
    return { open, ...(next !== undefined && { next }) };
  };
}

/** Which entries of the book belong to runs that are over. */
export function surveyHoldersActivity(shared: Shared) {
  return async ({ holders, now }: SurveyHolders): Promise<Pick<Survey, 'ended' | 'killed'>> => {
    const found: Pick<Survey, 'ended' | 'killed'> = { ended: [], killed: [] };
    await inParallel(holders, AT_ONCE, async (holder) => {
      const fate = await fateOf(shared, holder, now);
      if (fate !== 'open') found[fate].push(holder.runId);
    });
    return found;
  };
}

async function pageOfRuns(
  { workflowService, options }: Client,
  cursor = '',
): Promise<{ runs: WorkflowExecutionInfo[]; next?: string }> {
  const { namespace, loadedDataConverter } = options;
  try {
    const page = await workflowService.listWorkflowExecutions({
      namespace,
      query: OPEN_RUNS,
      pageSize: PAGE_SIZE,
      nextPageToken: Buffer.from(cursor, 'base64'),
    });
    const runs = await Promise.all(
      page.executions.map((raw) => executionInfoFromRaw(raw, loadedDataConverter, raw, namespace)),
    );
    const next = Buffer.from(page.nextPageToken).toString('base64');
    return { runs, ...(next !== '' && { next }) };
  } catch (error) {
    if (grpcCode(error) !== UNIMPLEMENTED) throw error; // the time-skipping test server keeps no list
    return { runs: [] };
  }
}

const OPEN_RUNS = `WorkflowType = '${NAMES.manageLease}' AND ExecutionStatus = 'Running'`;

/** The open runs of numbers, as far as Temporal's list, which is a moment old, has them. */
export async function* openRuns(temporal: Client): AsyncGenerator<WorkflowExecutionInfo> {
  let cursor: string | undefined;
  do {
    const { runs, next } = await pageOfRuns(temporal, cursor);
    yield* runs;
    cursor = next;
  } while (cursor !== undefined);
}

function withLabels({ labels = {}, ...lease }: SurveyedLease, keys: readonly string[]): SurveyedLease {
  const limited: Labels = Object.fromEntries(Object.entries(labels).filter(([key]) => keys.includes(key)));
  return { ...lease, ...(Object.keys(limited).length > 0 && { labels: limited }) };
}

/** Undefined where it has leased nothing yet: then it will ask for room, or tell of its lease. */
async function leaseOf(temporal: Client, run: WorkflowExecutionInfo): Promise<SurveyedLease | undefined> {
  const started = await startOf(temporal, run);
  if (!started) return undefined;
  const { input, firstRunId } = started;
  const tells = input.budgeted === true;
  if (tells && !(await hasLeased(temporal, run))) return undefined;
  const { offer, labels, carried } = input;
  const offered = carried?.lease?.billing.price ?? offer.price;
  const monthlyRate = run.typedSearchAttributes.get(LEASE_MONTHLY_RATE) ?? offered?.monthlyRate;
  return {
    number: offer.number,
    runId: firstRunId,
    at: carried?.leasedAt ?? run.startTime.getTime(),
    tells,
    ...(labels && { labels }),
    ...(offered && { price: { ...offered, monthlyRate: monthlyRate ?? offered.monthlyRate } }),
  };
}

async function hasLeased({ workflow }: Client, run: WorkflowExecutionInfo): Promise<boolean> {
  const state = run.typedSearchAttributes.get(LEASE_STATE);
  if (state !== 'attention') return state !== 'leasing';
  const { leaseId: lease } = await workflow.getHandle(run.workflowId).query<LeaseStatus>(NAMES.status);
  return lease !== null;
}

/** What the run was started with stands in the first event of its history; read with the client's own codecs. */
export async function startOf(
  temporal: Client,
  { workflowId, runId }: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>,
): Promise<{ input: ManageLeaseInput; firstRunId: string } | undefined> {
  const { namespace, loadedDataConverter } = temporal.options;
  const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  let payloads = started?.input?.payloads ?? [];
  for (const codec of loadedDataConverter.payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  if (!payload) return undefined;
  const input = loadedDataConverter.payloadConverter.fromPayload<ManageLeaseInput>(payload);
  return { input, firstRunId: started?.firstExecutionRunId || runId };
}

/** What became of the run of an entry, whatever runs it went on in. */
async function fateOf(
  shared: Shared,
  { number, runId: firstRunId }: Holder,
  now: number,
): Promise<'open' | 'ended' | 'killed'> {
  try {
    const latest = await shared.temporal.workflow.getHandle(leaseId(number)).describe();
    const isLatest = (latest.raw.workflowExecutionInfo?.firstRunId || latest.runId) === firstRunId;
    if (!isLatest) return 'ended'; // the number has another run by now
    if (latest.status.name === 'RUNNING' || latest.status.name === 'CONTINUED_AS_NEW') return 'open';
    if (latest.status.name === 'COMPLETED') return 'ended';
    const isSettled = latest.closeTime !== undefined && now - latest.closeTime.getTime() > KILLED_SETTLES_MS;
    return isSettled && (await isNotLeased(shared, number)) ? 'ended' : 'killed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    throw error;
  }
}

/** By a readable answer of the vendor; anything else is no proof. */
async function isNotLeased({ api }: Shared, number: PhoneNumber): Promise<boolean> {
  Context.current().heartbeat();
  const read = await readOf(api.lease.get(number), ({ lease }) => lease !== undefined && isOpen(lease));
  return read.answered && !read.value;
}
