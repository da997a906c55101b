import { findingsIn } from '../domain/lease-drift.js';
import type { CallFacts } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Finding } from '../domain/reconciliation.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';
import { lookAt, wasOnceOwned } from './look-at-owners.js';
import type { Suspect } from './survey-account.js';

const AT_ONCE = 10;

/** `unanswered`: ask again. */
export type Confirmed =
  { number: PhoneNumber; findings: Finding[] } | { number: PhoneNumber; unanswered: CallFacts };

/** Second look: the number itself and its run. What is found again, of the same lease and run, is believed. */
export function confirmFindingsActivity({ api, temporal }: Shared) {
  return (suspects: Suspect[]): Promise<Confirmed[]> => inParallel(suspects, AT_ONCE, confirm);

  async function confirm({ number, findings: before }: Suspect): Promise<Confirmed> {
    const read = await readOf(api.lease.get(number), (record) => record);
    const isUnknown = !read.answered && read.call.status === 404 && read.call.byVendor;
    if (!read.answered && !isUnknown) return { number, unanswered: read.call };
    const look = await lookAt(temporal, number, read.answered ? read.value : undefined);
    const again = findingsIn(look).filter((finding) => before.some((one) => isSame(one, finding)));
    return { number, findings: await Promise.all(again.map(withHistory)) };
  }

  async function withHistory(finding: Finding): Promise<Finding> {
    if (finding.kind !== 'orphan') return finding;
    return { ...finding, onceOwned: await wasOnceOwned(temporal, finding.number) };
  }
}

/** The lease counts only where there must be one: that of a ghost may still be shown as over. */
function isSame(before: Suspect['findings'][number], { kind, leaseId, runId }: Finding): boolean {
  if (before.kind !== kind || before.runId !== runId) return false;
  return kind !== 'orphan' || before.leaseId === leaseId;
}
