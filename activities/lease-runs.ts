import { isGrpcServiceError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import type { LeaseMemo } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { isOpenStatus } from '../domain/run-status.js';
import { describeRun, listRuns, type RunSeen } from './read-runs.js';

/** How many runs of one number are looked through for one of a provision, newest first. */
const EARLIER_RUNS = 50;
/** gRPC's code of a server that keeps no list of runs: the time-skipping test server. */
const UNIMPLEMENTED = 12;

export type LeaseRunInfo = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'memo' | 'startTime' | 'typedSearchAttributes'
>;

/** What is known of the run that a provision has started for a number. */
interface Sought {
  number: PhoneNumber;
  provisionRunId: string;
  /** The provision may have started one that others have followed since. */
  lookBack: boolean;
  /** Its id, where an ask could tell it. */
  runId?: string | undefined;
}

/** The run of a number that a provision started, open or closed; undefined where there is none. */
export async function runOfProvision(temporal: Client, sought: Sought): Promise<LeaseRunInfo | undefined> {
  const { number, provisionRunId, lookBack, runId } = sought;
  const isOurs = (run: LeaseRunInfo) => memoOf(run).provisionRunId === provisionRunId;
  const latest = await runOf(temporal, number);
  if (!latest) return undefined;
  if (isOurs(latest)) return latest;
  if (runId !== undefined) return runOf(temporal, number, runId);
  return lookBack ? earlierRun(temporal, number, isOurs) : undefined;
}

export function isOpenRun({ status }: Pick<LeaseRunInfo, 'status'>): boolean {
  return isOpenStatus(status.name);
}

/** One run of a number; the latest one, where none is named. */
export function runOf(
  temporal: Client,
  number: PhoneNumber,
  runId?: string,
): Promise<LeaseRunInfo | undefined> {
  return describeRun(temporal, leaseId(number), runId);
}

/** The newest run of the lease that this run had: it may have gone on in a new one, or have been reset. */
export async function newestOfLease(
  temporal: Client,
  number: PhoneNumber,
  runId: string | undefined,
): Promise<LeaseRunInfo | undefined> {
  const run = await runOf(temporal, number, runId);
  if (!run || isOpenRun(run)) return run;
  const latest = await runOf(temporal, number);
  return latest && memoOf(latest).provisionRunId === memoOf(run).provisionRunId ? latest : run;
}

/**
 * A run that others have followed on the same number, and whose id nobody knows: an ask of this provision may have
 * started it, seen it through to its release, and died with its worker before it could say so.
 */
async function earlierRun(
  temporal: Client,
  number: PhoneNumber,
  isOurs: (run: LeaseRunInfo) => boolean,
): Promise<LeaseRunInfo | undefined> {
  const runs: LeaseRunInfo[] = [];
  for await (const run of listedRuns(temporal, `WorkflowId = '${leaseId(number)}'`, EARLIER_RUNS)) {
    if (runs.push(run) >= EARLIER_RUNS) break;
  }
  return runs.find(isOurs);
}

/** As far as Temporal's list, which is a moment old, has them; none where the server keeps no list. */
export async function* listedRuns(
  temporal: Client,
  query: string,
  pageSize?: number,
): AsyncGenerator<RunSeen> {
  try {
    yield* listRuns(temporal, query, pageSize);
  } catch (error) {
    if (!isWithoutList(error)) throw error;
  }
}

/** The time-skipping test server keeps no list of runs. */
export function isWithoutList(error: unknown): boolean {
  return grpcCode(error) === UNIMPLEMENTED;
}

/** The client wraps what the server answered. */
function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcCode(error.cause) : undefined;
}

export function memoOf({ memo }: LeaseRunInfo): Partial<LeaseMemo> {
  return memo ?? {};
}
