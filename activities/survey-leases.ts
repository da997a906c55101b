import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import type { LeaseStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { LEASE_MONTHLY_RATE, LEASE_STATE } from '../domain/search-attributes.js';
import type { Survey, SurveyedLease } from '../domain/spending.js';
import type { Shared } from './deps.js';
import { grpcCode, UNIMPLEMENTED } from './lease-runs.js';

export interface SurveyLeases {
  /** What the book counts now. */
  holders: { number: PhoneNumber; runId: string }[];
}

/** Runs that are asked for at once. */
const AT_ONCE = 20;

/** What the open runs hold, and which entries of the book belong to none: for a book that is new, or may be wrong. */
export function surveyLeasesActivity({ temporal }: Shared) {
  return async ({ holders }: SurveyLeases): Promise<Survey> => {
    const open: SurveyedLease[] = [];
    await eachOf(openRuns(temporal), async (run) => {
      const lease = await leaseOf(temporal, run);
      if (lease) open.push(lease);
    });
    const held = new Set(open.map(({ runId }) => runId));
    const survey: Survey = { open, ended: [], killed: [] };
    await eachOf(
      holders.filter(({ runId }) => !held.has(runId)),
      async ({ number, runId }) => {
        const fate = await fateOf(temporal, number, runId);
        if (fate !== 'open') survey[fate].push(runId);
      },
    );
    return survey;
  };
}

/** The open runs of numbers, as far as Temporal's list, which is a moment old, has them. */
export async function* openRuns({ workflow }: Client): AsyncGenerator<WorkflowExecutionInfo> {
  try {
    yield* workflow.list({ query: `WorkflowType = '${NAMES.manageLease}' AND ExecutionStatus = 'Running'` });
  } catch (error) {
    if (grpcCode(error) !== UNIMPLEMENTED) throw error; // the time-skipping test server keeps no list
  }
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
  { workflow }: Client,
  number: PhoneNumber,
  firstRunId: string,
): Promise<'open' | 'ended' | 'killed'> {
  try {
    const latest = await workflow.getHandle(leaseId(number)).describe();
    const isLatest = (latest.raw.workflowExecutionInfo?.firstRunId || latest.runId) === firstRunId;
    if (!isLatest) return 'ended'; // the number has another run by now
    if (latest.status.name === 'RUNNING' || latest.status.name === 'CONTINUED_AS_NEW') return 'open';
    return latest.status.name === 'COMPLETED' ? 'ended' : 'killed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    throw error;
  }
}

async function eachOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const under = new Set<Promise<void>>();
  for await (const item of items) {
    const one = work(item).finally(() => under.delete(one));
    under.add(one);
    if (under.size >= AT_ONCE) await Promise.race(under);
  }
  await Promise.all(under);
}
