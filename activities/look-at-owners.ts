import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { LeaseResult, LeaseStatus } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { leaseId, provisionId } from '../domain/ids.js';
import { HOLDING, type Look, type SeenRun } from '../domain/lease-drift.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { LEASE_NUMBER, LEASE_STATE } from '../domain/search-attributes.js';
import { isOpenRun, listedRuns, memoOf, runOf, type LeaseRunInfo } from './lease-runs.js';
import { describeRun, isUndecodable } from './read-runs.js';

/** A run in the middle of a call answers when that is over. */
const QUERY_MS = 2_000;
/** A lease of ours begins when its run does. One that began so much later may be another one. */
const LATE_MS = 5 * 60_000;
const EARLIER_RUNS = 20;

/** A number and its newest run. @param record as the vendor shows the number; absent where it shows none */
export async function lookAt(temporal: Client, number: PhoneNumber, record?: NumberRecord): Promise<Look> {
  const run = await runOf(temporal, number);
  return { number, ...(record && { record }), ...(run && { run: await ownerOf(temporal, run, record) }) };
}

async function ownerOf(temporal: Client, run: LeaseRunInfo, record?: NumberRecord): Promise<SeenRun> {
  const seen = await askedRun(temporal, run, record);
  const isUnclaimed = seen.isOpen && isHolding(seen.state) && (await lacksRequest(temporal, run));
  return { ...seen, ...(isUnclaimed && { isUnclaimed }) };
}

/**
 * The newest run of its reference has ended, and not with this number as its answer. A lease that was adopted or started by
 * another program has no such run; nor has one whose request is not kept any more. All of these count as claimed.
 */
async function lacksRequest(temporal: Client, run: LeaseRunInfo): Promise<boolean> {
  const { reference } = memoOf(run);
  const request = reference === undefined ? undefined : await describeRun(temporal, provisionId(reference));
  if (!request || isOpenRun(request)) return false;
  if (request.status.name !== 'COMPLETED') return true;
  const answer = request.typedSearchAttributes.get(LEASE_NUMBER);
  return answer !== undefined && answer !== run.typedSearchAttributes.get(LEASE_NUMBER);
}

/** What a description, which is exact, tells of a run. */
function seenRun(run: LeaseRunInfo): SeenRun {
  const { reference, taken } = memoOf(run);
  const state = run.typedSearchAttributes.get(LEASE_STATE);
  return {
    runId: run.runId,
    isOpen: isOpenRun(run),
    status: run.status.name,
    ...(state !== undefined && { state }),
    ...(reference !== undefined && { reference }),
    ...(taken && { taken }),
  };
}

/** The run's own word is asked for only where the description leaves something open. */
async function askedRun(temporal: Client, run: LeaseRunInfo, record?: NumberRecord): Promise<SeenRun> {
  const seen = seenRun(run);
  if (!seen.isOpen || !(seen.state === 'attention' || isLate(run, record))) return seen;
  const status = await statusOf(temporal, run);
  if (!status) return seen;
  return {
    ...seen,
    ...(status.leaseId !== null && { leaseId: status.leaseId }),
    ...(status.attention !== undefined && { attention: status.attention.message }),
  };
}

function isLate({ startTime }: LeaseRunInfo, record: NumberRecord | undefined): boolean {
  const began = record?.lease?.billing?.period.start;
  return began !== undefined && Date.parse(began) > startTime.getTime() + LATE_MS;
}

/** Whether a run of this namespace had ever leased the number: what nobody here has leased is not ours to give back. */
export async function wasOnceOwned(temporal: Client, number: PhoneNumber): Promise<boolean> {
  const newest = await runOf(temporal, number);
  if (!newest) return false;
  if (await hadLeased(temporal, newest)) return true;
  for await (const run of earlierRuns(temporal, number)) {
    if (run.runId !== newest.runId && (await hadLeased(temporal, run))) return true;
  }
  return false;
}

/** A run may have been refused the number: then it never was ours. */
async function hadLeased(temporal: Client, run: LeaseRunInfo): Promise<boolean> {
  const { name } = run.status;
  if (name === 'COMPLETED') {
    const handle = temporal.workflow.getHandle<() => Promise<LeaseResult>>(run.workflowId, run.runId);
    const result = await handle.result().catch(ofUndecodable);
    return typeof result?.leaseId === 'string';
  }
  if (isHolding(run.typedSearchAttributes.get(LEASE_STATE))) return true;
  const status = await statusOf(temporal, run);
  return typeof status?.leaseId === 'string';
}

/** What cannot be read here does not prove that the number was ours to give back. */
function ofUndecodable(error: unknown): undefined {
  if (!isUndecodable(error)) throw error;
}

/** From Temporal's list, which is a moment old; what it names is then asked by its run id. */
async function* earlierRuns(temporal: Client, number: PhoneNumber): AsyncGenerator<LeaseRunInfo> {
  const query = `WorkflowId = '${leaseId(number)}' AND ExecutionStatus != 'ContinuedAsNew'`;
  let left = EARLIER_RUNS;
  for await (const run of listedRuns(temporal, query, EARLIER_RUNS)) {
    if (left === 0) return;
    left -= 1;
    yield run;
  }
}

/** Undefined where nobody answers in time. */
async function statusOf({ workflow }: Client, run: LeaseRunInfo): Promise<LeaseStatus | undefined> {
  const asked = workflow.getHandle(run.workflowId, run.runId).query<LeaseStatus>(NAMES.status);
  const told = asked.catch(() => undefined);
  return Promise.race([told, delay(QUERY_MS, undefined, { ref: false })]);
}

export function isHolding(state: string | undefined): boolean {
  return HOLDING.includes(state ?? '');
}
