import { Context } from '@temporalio/activity';
import { InvalidRequestError, parseReconcileRequest } from '../domain/account-requests.js';
import type { Failure } from '../domain/failures.js';
import { findingsIn, type Look } from '../domain/lease-drift.js';
import { isOpen, type NumberRecord } from '../domain/number-record.js';
import type { Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Finding, FindingKind, ReconcileRequest } from '../domain/reconciliation.js';
import { LEASE_NUMBER, LEASE_STATE } from '../domain/search-attributes.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';
import { runOf } from './lease-runs.js';
import { isHolding, lookAt } from './look-at-owners.js';
import { openRuns, startOf } from './survey-leases.js';

const AT_ONCE = 10;
/** More numbers than this are not looked at again in one pass; the next one does. */
const SUSPECTS_AT_MOST = 1_000;
/** So many open runs are asked with which API they lease. */
const SAMPLE = 5;

/** Something looked wrong with this number: which findings, and of what. They stand only if they are found again. */
export interface Suspect {
  number: PhoneNumber;
  findings: Pick<Finding, 'kind' | 'leaseId' | 'runId'>[];
}

export interface AccountSurvey {
  leased: number;
  owned: number;
  ignored: number;
  /** Open runs that should hold their number, those that ask for attention included. */
  held: number;
  /** Of these, without a lease at first sight. */
  gone: number;
  suspects: Suspect[];
  /** How many findings are in none of `suspects`: there are too many. */
  cut: Partial<Record<FindingKind, number>>;
  /** Open runs lease at another API than this worker talks to. */
  elsewhere?: string;
}

/** First look: what is leased by the account's list, and who owns each number by the exact description of its run. */
export function surveyAccountActivity(shared: Shared) {
  const { api, temporal, now } = shared;

  return async (request: ReconcileRequest): Promise<Read<AccountSurvey | { failure: Failure }>> => {
    const wrong = problemWith(request, await now());
    if (wrong) return { answered: true, value: { failure: wrong } };
    const ignore = new Set(request.ignore);
    const read = await readOf(api.lease.leased(), (records) => records.filter(isLeased));
    if (!read.answered) return read;
    const records = read.value.filter(({ number }) => !ignore.has(number));
    const leased = new Set(read.value.map(({ number }) => number));
    const looks = await inParallel(records, AT_ONCE, (record) => lookAt(temporal, record.number, record));
    const unleased = await runsWithout(shared, (number) => leased.has(number) || ignore.has(number));
    looks.push(...(await inParallel(unleased, AT_ONCE, (number) => lookAt(temporal, number))));
    const ignored = read.value.length - records.length;
    const elsewhere = await otherApi(shared, looks);
    return {
      answered: true,
      value: { ...surveyOf(looks), ignored, ...(elsewhere !== undefined && { elsewhere }) },
    };
  };
}

/** Numbers of open runs that the list of what is leased does not have. The list of runs only names them. */
async function runsWithout(
  { temporal }: Shared,
  isKnown: (number: PhoneNumber) => boolean,
): Promise<PhoneNumber[]> {
  const numbers = new Set<PhoneNumber>();
  for await (const { typedSearchAttributes } of openRuns(temporal)) {
    Context.current().heartbeat();
    const number = typedSearchAttributes.get(LEASE_NUMBER);
    const state = typedSearchAttributes.get(LEASE_STATE);
    if (number !== undefined && shouldHold(state) && !isKnown(number)) numbers.add(number);
  }
  return [...numbers];
}

/** A run that is just leasing, or giving back, may well be without a lease. */
function shouldHold(state: string | undefined): boolean {
  return isHolding(state) || state === 'attention';
}

/** A worker that talks to another API than the runs lease at sees an account that is none of theirs. */
async function otherApi({ temporal, api }: Shared, looks: Look[]): Promise<string | undefined> {
  const open = looks.filter(({ run }) => run?.isOpen).slice(0, SAMPLE);
  for (const { number } of open) {
    const run = await runOf(temporal, number);
    const input = run && (await startOf(temporal, run)).input;
    const its = input?.carried?.account ?? input?.account;
    if (its && its.baseUrl !== api.account.baseUrl)
      return `${number} was leased at ${its.baseUrl}, this worker talks to ${api.account.baseUrl}`;
  }
  return undefined;
}

function surveyOf(looks: Look[]): Omit<AccountSurvey, 'ignored'> {
  const found = looks.flatMap(suspectOf);
  const held = looks.filter(({ run }) => run?.isOpen && shouldHold(run.state));
  return {
    leased: looks.filter(({ record }) => record).length,
    owned: looks.filter(({ record, run }) => record && run?.isOpen).length,
    held: held.length,
    gone: held.filter(({ record }) => !record).length,
    suspects: found.slice(0, SUSPECTS_AT_MOST),
    cut: countKinds(found.slice(SUSPECTS_AT_MOST)),
  };
}

function suspectOf(look: Look): Suspect[] {
  const findings = findingsIn(look).map(({ kind, leaseId, runId }) => ({
    kind,
    ...(leaseId !== undefined && { leaseId }),
    ...(runId !== undefined && { runId }),
  }));
  return findings.length > 0 ? [{ number: look.number, findings }] : [];
}

function countKinds(suspects: Suspect[]): AccountSurvey['cut'] {
  const counts: AccountSurvey['cut'] = {};
  for (const { findings } of suspects)
    for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function isLeased({ lease }: NumberRecord): boolean {
  return lease !== undefined && isOpen(lease);
}

function problemWith(request: ReconcileRequest, now: number): Failure | undefined {
  try {
    parseReconcileRequest(request, now);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.failure;
    throw error;
  }
}
