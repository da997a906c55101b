import { Context, log } from '@temporalio/activity';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { LeaseStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import { labelsFrom, type Labels } from '../domain/labels.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { isOpen } from '../domain/number-record.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { isOpenStatus, OPEN_RUNS } from '../domain/run-status.js';
import { LEASE_LABELS, LEASE_MONTHLY_RATE, LEASE_NUMBER, LEASE_STATE } from '../domain/search-attributes.js';
import type { Holder, Survey, SurveyedLease } from '../domain/spending.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';
import { isWithoutList, listedRuns } from './lease-runs.js';
import { describeRun, firstRunIdOf, pageOfRuns, type RunSeen } from './read-runs.js';
import { decodePayloads } from './run-input.js';

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

const OPEN_LEASES = `WorkflowType = '${NAMES.manageLease}' AND ${OPEN_RUNS}`;
/** Runs that are asked at once. */
const AT_ONCE = 20;
/** Far below the 2 MiB that Temporal lets an activity return, whatever the labels. */
const PAGE_SIZE = 500;
/** After so long nothing that a killed run has sent can lease its number any more. */
const KILLED_SETTLES_MS = 15 * 60_000;
const QUERY_LIMIT_MS = 5_000;

/** What the open runs hold, a page at a time: for a book that is new, or may be wrong. */
export function surveyLeasesActivity({ temporal }: Shared) {
  return async ({ cursor, labelKeys }: SurveyLeases): Promise<SurveyPage> => {
    const { runs, next } = await pageOfOpenRuns(temporal, cursor);
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

async function pageOfOpenRuns(temporal: Client, cursor = ''): Promise<{ runs: RunSeen[]; next?: string }> {
  try {
    const at = { pageSize: PAGE_SIZE, nextPageToken: Buffer.from(cursor, 'base64') };
    const { runs, nextPageToken } = await pageOfRuns(temporal, OPEN_LEASES, at);
    const next = Buffer.from(nextPageToken).toString('base64');
    return { runs, ...(next !== '' && { next }) };
  } catch (error) {
    if (!isWithoutList(error)) throw error;
    return { runs: [] };
  }
}

/** The open runs of numbers, as far as Temporal's list, which is a moment old, has them. */
export function openRuns(temporal: Client): AsyncGenerator<RunSeen> {
  return listedRuns(temporal, OPEN_LEASES);
}

function withLabels({ labels = {}, ...lease }: SurveyedLease, keys: readonly string[]): SurveyedLease {
  const limited: Labels = Object.fromEntries(Object.entries(labels).filter(([key]) => keys.includes(key)));
  return { ...lease, ...(Object.keys(limited).length > 0 && { labels: limited }) };
}

/** Undefined where it has leased nothing yet: then it will ask for room, or tell of its lease. */
async function leaseOf(temporal: Client, run: RunSeen): Promise<SurveyedLease | undefined> {
  const { input, firstRunId } = await startOf(temporal, run);
  if (!input) return unreadableLease(run, firstRunId);
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

/** One that this worker cannot decode counts as a lease, with what the search attributes tell, until it is over. */
function unreadableLease(run: RunSeen, runId: string): SurveyedLease | undefined {
  const { typedSearchAttributes: attributes, workflowId, startTime } = run;
  const number = attributes.get(LEASE_NUMBER);
  if (number === undefined) return undefined;
  log.warn('a run cannot be decoded and counts as a lease', { workflowId, why: run.unreadable });
  const labels = attributes.get(LEASE_LABELS);
  return {
    number,
    runId,
    at: startTime.getTime(),
    tells: false,
    ...(labels && { labels: labelsFrom(labels) }),
  };
}

/** A run that does not answer counts as one that holds its number. */
async function hasLeased({ connection, workflow }: Client, run: RunSeen): Promise<boolean> {
  const state = run.typedSearchAttributes.get(LEASE_STATE);
  if (state !== 'attention') return state !== 'leasing';
  const query = () => workflow.getHandle(run.workflowId).query<LeaseStatus>(NAMES.status);
  const status = await connection.withDeadline(Date.now() + QUERY_LIMIT_MS, query).catch(() => undefined);
  return status?.leaseId !== null;
}

/** What the run was started with stands in the first event of its history. No input: it cannot be decoded here. */
export async function startOf(
  temporal: Client,
  { workflowId, runId }: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>,
): Promise<{ input?: ManageLeaseInput; firstRunId: string }> {
  const { namespace } = temporal.options;
  const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const firstRunId = started?.firstExecutionRunId || runId;
  const [input] = await decodePayloads(temporal, started?.input?.payloads ?? []).catch(() => []);
  return isLeaseInput(input) ? { input, firstRunId } : { firstRunId };
}

/** Only our own code starts these runs; another data converter gives anything. */
function isLeaseInput(input: unknown): input is ManageLeaseInput {
  return typeof input === 'object' && input !== null && 'offer' in input;
}

/** What became of the run of an entry, whatever runs it went on in. */
async function fateOf(
  shared: Shared,
  { number, runId: firstRunId }: Holder,
  now: number,
): Promise<'open' | 'ended' | 'killed'> {
  const latest = await describeRun(shared.temporal, leaseId(number));
  if (!latest || firstRunIdOf(latest) !== firstRunId) return 'ended'; // the number has another run by now
  const { closeTime, status } = latest;
  if (isOpenStatus(status.name) || status.name === 'CONTINUED_AS_NEW') return 'open';
  if (status.name === 'COMPLETED') return 'ended';
  const isSettled = closeTime !== undefined && now - closeTime.getTime() > KILLED_SETTLES_MS;
  return isSettled && (await isNotLeased(shared, number)) ? 'ended' : 'killed';
}

/** By a readable answer of the vendor; anything else is no proof. */
async function isNotLeased({ api }: Shared, number: PhoneNumber): Promise<boolean> {
  Context.current().heartbeat();
  const read = await readOf(api.lease.get(number), ({ lease }) => lease !== undefined && isOpen(lease));
  return read.answered && !read.value;
}
