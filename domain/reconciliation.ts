/** The contract of `reconcileLeases`: what the account leases, held against who owns it. */
import type { AdoptOutcome, AdoptTerms } from './adoption.js';
import type { Duration } from './duration.js';
import type { Failure } from './failures.js';
import type { PhoneNumber } from './phone-number.js';

/**
 * `orphan`: the account leases it and no open run owns it. `unclaimed`: a run holds it, and the request for it was ended
 * from outside, so that no caller knows of it. `ghost`: a run holds it and the account does not lease it.
 * `changed`: it is not what was taken any more. `stuck`: its run shows `attention`.
 */
export const FINDING_KINDS = ['orphan', 'unclaimed', 'ghost', 'changed', 'stuck'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What may be done about a finding. What changed, and what is stuck, nothing that a program could do puts right. */
export const POLICIES = {
  orphan: ['report', 'adopt', 'terminate'],
  unclaimed: ['report', 'terminate'],
  ghost: ['report', 'terminate'],
  changed: ['report'],
  stuck: ['report'],
} as const satisfies Record<FindingKind, string[]>;
export type ReconcilePolicies = { [Kind in FindingKind]?: (typeof POLICIES)[Kind][number] };
export type ReconcilePolicy<Kind extends FindingKind = 'orphan'> = (typeof POLICIES)[Kind][number];

/** Input of `reconcileLeases`. Terms hold for what is adopted; with the policy `terminate` the delay is the term. */
export interface ReconcileRequest extends AdoptTerms {
  /** By kind; default for each: `report`. */
  policies?: ReconcilePolicies;
  /** Never touched, and not found either. */
  ignore?: PhoneNumber[];
  /** Nothing else is adopted or given back; with `terminate` also what this namespace never owned. */
  only?: PhoneNumber[];
  /** With `terminate`: how long the number is kept by its run, which then gives it back. Default: 1 day. */
  delay?: Duration;
  /** With `terminate`: most numbers of one pass. Where there are more, nothing is given back. Default: 5. */
  atMost?: number;
  /** How long a finding must last before it is believed: a run may just be starting or ending. Default: 10 seconds. */
  confirmAfter?: Duration;
  /** Of what is adopted; default `adopted`, with the policy `terminate` `unowned`. */
  referencePrefix?: string;
}

/** What a Schedule does: a pass every so often, each with the same request. */
export interface ReconcileScheduleRequest extends ReconcileRequest {
  /** At least 5 seconds. A pass that is still at it when the next one is due is not joined by it. */
  every: Duration;
}

/** A field of a number that differs from what was taken. */
export interface Change {
  field: 'status' | 'price' | 'channels' | 'reputation' | 'lease';
  was: string;
  is: string;
}

export interface Finding {
  kind: FindingKind;
  number: PhoneNumber;
  /** In one line, for people. */
  what: string;
  /** The account's lease; absent where it has none. */
  leaseId?: string;
  /** The run that was looked at: the open one, or the last one of an orphan; absent where there was none. */
  runId?: string;
  reference?: string;
  /** Of the run, where it is open. */
  state?: string;
  /** With `changed`. */
  changes?: Change[];
  /** With `orphan`: an earlier run of this namespace had leased the number. */
  onceOwned?: boolean;
  /** What was done about it; absent: nothing. `adopting`: its new run is still at it. */
  action?: Exclude<AdoptOutcome, 'adoptable'> | 'terminating';
  failure?: Failure;
}

export interface ReconcileCounts extends Record<FindingKind, number> {
  leased: number;
  /** Leased, with an open run. */
  owned: number;
  /** Of `ignore`. */
  ignored: number;
  /** Looked wrong at first and was right, or had no answer, at the second look. */
  unconfirmed: number;
  /** Adopted, to be kept or to be given back after the delay. */
  adopted: number;
}

/** Result of `reconcileLeases`. */
export interface ReconcileReport {
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
  /** Why the account is not believed, and nothing was done: it may be another one, or another API. */
  suspect?: string;
  /** Why nothing was given back although the policy is `terminate`. */
  stopped?: string;
  counts: ReconcileCounts;
  /** The first 200. */
  findings: Finding[];
  /** How many findings are not shown. */
  cut: number;
}

export const CONFIRM_AFTER_MS = 10_000;
export const DELAY: Duration = '1 day';
export const AT_MOST = 5;
export const UNOWNED_PREFIX = 'unowned';

export function findingsOf(report: Pick<ReconcileReport, 'counts'>): number {
  return FINDING_KINDS.reduce((sum, kind) => sum + report.counts[kind], 0);
}
