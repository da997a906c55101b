/** What limits and guards promise, checked on the ledger: nobody's word but the vendor's, and when who asked for what. */
import type { SpendingFigures, SpendingLimits } from '../domain/spending.js';
import type { Ledger } from '../simulator/index.js';
import { mostHeldAtOnce } from './held.js';
import { leaseOf, leasesIn } from './leases.js';
import { GRAIN_MS, ownedFor, type LeaseRunSeen } from './invariants.js';

/** From when until when no `DELETE` of ours may be sent for a number, in epoch milliseconds of the server. */
export interface Spared {
  number: string;
  leaseId: string;
  from: number;
  until: number;
  why: 'protected' | 'restored';
}

export interface GuardEvidence {
  ledger: Ledger;
  /** The vendor's clock less the server's. */
  skewMs: number;
  limits: SpendingLimits;
  runs: LeaseRunSeen[];
  spared: Spared[];
  /** Runs that a person terminated. */
  terminated: ReadonlySet<string>;
  /** What the book counts when all is over; undefined: there is none. */
  figures: SpendingFigures | undefined;
  /** Adoptions, as runs of numbers know them. */
  adoptions: ReadonlySet<string>;
}

export function guardViolations(evidence: GuardEvidence): string[] {
  return [...overLimits(evidence), ...notEmpty(evidence), ...notSpared(evidence), ...keptAdopted(evidence)];
}

function overLimits({ ledger, limits, runs, skewMs }: GuardEvidence): string[] {
  const { maxLeases = Number.POSITIVE_INFINITY } = limits.account ?? {};
  const most = mostHeldAtOnce(ledger, () => true);
  const account = most > maxLeases ? [`the account held ${most} leases, ${maxLeases} are allowed`] : [];
  const labels = Object.entries(limits.labels ?? {}).flatMap(([key, values]) =>
    valuesOf(key, runs).flatMap((value) => {
      const allowed = (values[value] ?? values['*'])?.maxLeases ?? Number.POSITIVE_INFINITY;
      const isIts = ownedBy(ledger, skewMs, runs, (run) => run.result?.labels?.[key] === value);
      const held = mostHeldAtOnce(ledger, isIts);
      return held > allowed ? [`${key}=${value} held ${held} leases, ${allowed} are allowed`] : [];
    }),
  );
  return [...account, ...labels];
}

function valuesOf(key: string, runs: LeaseRunSeen[]): string[] {
  return [...new Set(runs.flatMap(({ result }) => result?.labels?.[key] ?? []))];
}

/** Whether a lease began while such a run was open on its number. */
function ownedBy(
  ledger: Ledger,
  skewMs: number,
  runs: LeaseRunSeen[],
  fits: (run: LeaseRunSeen) => boolean,
): (leaseId: string) => boolean {
  const leases = leasesIn(ledger);
  return (leaseId) => {
    const lease = leaseOf(leases, leaseId);
    if (!lease) return false;
    const at = lease.from - skewMs;
    return runs.some((run) => ownedFor(run, lease.number, at, at) && fits(run));
  };
}

/** Every run gave its room back before it ended. */
function notEmpty({ figures }: GuardEvidence): string[] {
  return (figures?.scopes ?? []).flatMap(({ scope, leases, monthly }) =>
    leases === 0 && Object.keys(monthly).length === 0
      ? []
      : [
          `the spending book counts ${leases} leases of ${scope} (${JSON.stringify(monthly)}) when all is over`,
        ],
  );
}

function notSpared({ ledger, spared, skewMs, runs }: GuardEvidence): string[] {
  // Whoever protects a number while it is being leased protects nothing where he does not get it.
  const refused = new Set(
    runs.flatMap(({ result }) => (result?.acquired.outcome === 'refused' ? [result.leaseId] : [])),
  );
  const leases = leasesIn(ledger);
  return ledger.entries.flatMap((entry) => {
    if (entry.kind !== 'terminate-requested' || entry.by !== 'us') return [];
    const ids = leaseOf(leases, entry.leaseId)?.leaseIds ?? [entry.leaseId];
    if (ids.some((leaseId) => refused.has(leaseId))) return [];
    const at = entry.at - skewMs;
    const span = spared.find(
      ({ leaseId, from, until }) => ids.includes(leaseId) && at > from + GRAIN_MS && at < until - GRAIN_MS,
    );
    return span ? [`${span.leaseId} of ${span.number} was given back although it was ${span.why}`] : [];
  });
}

/** A run that took over a lease does not end before that one is released. */
function keptAdopted({ ledger, runs, adoptions, skewMs, terminated }: GuardEvidence): string[] {
  const leases = leasesIn(ledger);
  return runs.flatMap(({ runId, provisionRunId, result, closedAt = Number.POSITIVE_INFINITY, number }) => {
    if (terminated.has(runId) || !adoptions.has(provisionRunId) || result?.acquired.outcome !== 'leased')
      return [];
    const { leaseId } = result.acquired.lease;
    const releasedAt = (leaseOf(leases, leaseId)?.to ?? Number.POSITIVE_INFINITY) - skewMs;
    const isReleased = releasedAt <= closedAt + GRAIN_MS;
    return isReleased ? [] : [`the run that adopted ${leaseId} of ${number} ended while it was leased`];
  });
}
