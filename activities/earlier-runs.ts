import type { Client } from '@temporalio/client';
import { NAMES, type LeaseResult } from '../domain/contract.js';
import type { Offer } from '../domain/lease-input.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { LEASE_NUMBER, LEASE_STATE, quoted } from '../domain/search-attributes.js';
import { isOpenRun, listedRuns, memoOf, type LeaseRunInfo } from './lease-runs.js';

/** What runs of the same reference have leased that the provision does not know of. */
export interface EarlierRuns {
  /** Runs whose lease may be the answer: open ones, and those of this very provision that leased and have ended. */
  toAsk: EarlierRun[];
  /** Numbers of the others that have leased; also after they refused, where a late copy of a request did it. */
  leased: PhoneNumber[];
}

export interface EarlierRun {
  offer: Offer;
  runId: string;
}

interface Sought {
  reference: string;
  provisionRunId: string;
  /** Numbers that the provision knows the answer of. */
  tried: string[];
}

/**
 * Reads Temporal's list of runs, which lags by a moment and forgets a closed run after the retention period: a run that it
 * does not show is not found. Undefined where there is none.
 */
export async function earlierRuns(temporal: Client, sought: Sought): Promise<EarlierRuns | undefined> {
  const found: EarlierRuns = { toAsk: [], leased: [] };
  for (const run of await runsOf(temporal, sought.reference)) {
    const number = run.typedSearchAttributes.get(LEASE_NUMBER);
    if (number === undefined) continue;
    const isKnown = sought.tried.includes(number);
    if (!isKnown && (isOpenRun(run) || (await isAnswer(temporal, run, sought))))
      found.toAsk.push(asEarlier(run, number));
    else if (await mayHaveLeased(temporal, run)) found.leased.push(number);
  }
  return found.toAsk.length > 0 || found.leased.length > 0 ? found : undefined;
}

async function runsOf(temporal: Client, reference: string): Promise<LeaseRunInfo[]> {
  const query = `WorkflowType = '${NAMES.manageLease}' AND LeaseReference = ${quoted(reference)} AND ExecutionStatus != 'ContinuedAsNew'`;
  const runs: LeaseRunInfo[] = [];
  for await (const run of listedRuns(temporal, query)) {
    const its = memoOf(run).reference ?? reference; // some servers compare without regard to case
    if (its === reference) runs.push(run);
  }
  return runs;
}

/** This provision was reset, or a step of it runs again: what it was told before stands. */
async function isAnswer(temporal: Client, run: LeaseRunInfo, { provisionRunId }: Sought): Promise<boolean> {
  if (memoOf(run).provisionRunId !== provisionRunId || run.status.name !== 'COMPLETED') return false;
  return (await resultOf(temporal, run)).acquired.outcome === 'leased';
}

/** An open run releases only what it has leased; one that was ended from outside may have leased. */
async function mayHaveLeased(temporal: Client, run: LeaseRunInfo): Promise<boolean> {
  if (isOpenRun(run)) return run.typedSearchAttributes.get(LEASE_STATE) === 'terminating';
  return run.status.name !== 'COMPLETED' || (await resultOf(temporal, run)).leaseId !== null;
}

function resultOf({ workflow }: Client, { workflowId, runId }: LeaseRunInfo): Promise<LeaseResult> {
  return workflow.getHandle<() => Promise<LeaseResult>>(workflowId, runId).result();
}

function asEarlier(run: LeaseRunInfo, number: PhoneNumber): EarlierRun {
  const { taken = { channels: [], reputation: 0 } } = memoOf(run);
  return { runId: run.runId, offer: { number, requirements: [], ...taken } };
}
