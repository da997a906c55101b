import type { ReleaseSeen } from '../activities/check-release.js';
import type { LeaseConfirmed } from '../activities/lease-number.js';
import type { NumberSeen } from '../activities/read-number.js';
import type { Terminated } from '../activities/terminate-lease.js';
import { formatDuration } from '../domain/duration.js';
import type { ReleaseProgress } from '../domain/lease-input.js';
import { isUnsent, type Read } from '../domain/outcome.js';
import type { LeaseRun } from './lease-run.js';
import {
  areCallsOver,
  holdingOf,
  leaseDoubtUntil,
  MISSING_APART_MS,
  outwaitDispute,
  settleEver,
} from './ownership.js';
import { readLag } from './read-lag.js';
import { nextWait } from './release-waits.js';
import { deletes, outcomeOfLoss, reads } from './steps.js';
import { countInDoubt, countSettled, measureRelease } from './telemetry.js';
import { inTrace } from './trace.js';
import { inWords, needsPeople, untilAnswered } from './until-answered.js';

/** After so long without a proof an operator may say that the lease is over. */
export const UNPROVEN_MS = 24 * 60 * 60_000;

/** Releases whatever this run leased, and does not return before the vendor has proven that nothing of it is left. */
export async function releaseNumber(run: LeaseRun): Promise<void> {
  const { memory } = run;
  if (memory.lease && memory.releasedAt === undefined) await release(run, memory.lease);
  for (;;) {
    // One wait for both doubts where that of the lease calls lasts longer.
    if (leaseDoubtUntil(run) < memory.terminateDoubtUntil) await outwaitTerminateDoubt(run);
    const late = memory.release ?? (await settleEver(run));
    if (!late) break;
    if (!memory.lease && 'account' in late) run.own(late);
    await release(run, late);
  }
  run.enter('done');
}

/** `DELETE`, then reads with growing durable waits until the release is proven. It never gives up. */
async function release(run: LeaseRun, { leaseId }: { leaseId: string }): Promise<void> {
  const { memory } = run;
  if (run.state !== 'terminating') run.enter('releasing');
  run.isWoken = false; // by a wake for something that is over
  const progress = (memory.release ??= begin(run, leaseId));
  for (;;) {
    const step = progress.isDue ? requestTermination : poll;
    if (await step(run, progress)) return;
    await run.continueAsNewIfNeeded();
  }
}

function begin(run: LeaseRun, leaseId: string): ReleaseProgress {
  const now = Date.now();
  const { initialMs } = run.input.terms.polling;
  const { lease } = run.memory;
  return {
    leaseId,
    knownAt: lease?.leaseId === leaseId ? lease.knownAt : now,
    firstAskedAt: now,
    lastAskedAt: now,
    isDue: true,
    accepted: false,
    byUs: false,
    looks: 0,
    waitMs: initialMs,
  };
}

/**
 * One `DELETE`, which is sent only where a read just before shows our lease; else that read is judged.
 * True: the release is proven.
 */
async function requestTermination(run: LeaseRun, progress: ReleaseProgress): Promise<boolean> {
  const requestedAt = Date.now();
  const what = `terminating ${run.number}`;
  const read = await untilAnswered(run, what, () => callTerminate(run, progress), isResolved(progress));
  if (!read) return resolved(run, progress);
  const answer = read.value;
  progress.isDue = false;
  progress.lastAskedAt = Date.now();
  if ('seen' in answer) return judge(run, progress, answer.seen, requestedAt);
  delete progress.isAnswered;
  if (!isUnsent(answer)) {
    progress.byUs ||= answer.outcome !== 'refused';
    run.memory.terminateDoubtUntil = Date.now() + run.input.terms.settleWindowMs;
    if (answer.outcome !== 'ambiguous') progress.isAnswered = true;
  }
  if (answer.outcome === 'confirmed') confirmed(run, progress, answer);
  else {
    run.note(`terminate call ${answer.outcome}: ${inWords(answer.call)}`);
    if (answer.outcome === 'ambiguous') doubt(progress);
    if (needsPeople(answer.call)) run.attention('api', inWords(answer.call));
  }
  return false;
}

function confirmed(
  run: LeaseRun,
  progress: ReleaseProgress,
  answer: Extract<Terminated, { outcome: 'confirmed' }>,
): void {
  const { memory, number } = run;
  progress.accepted = true;
  memory.terminatedAt ??= Date.now();
  if (answer.value.leaseId === progress.leaseId) memory.account = answer.value.account;
  if (answer.typicalMs !== undefined && progress.looks === 0)
    progress.waitMs = firstWait(run, answer.typicalMs);
  if (answer.watched) progress.watched = true;
  run.note(`terminated; the vendor may take a few minutes to release ${number}`);
}

/** As long as others took, but not past the time when an operator should know. */
function firstWait(run: LeaseRun, typicalMs: number): number {
  return Math.min(run.input.terms.polling.escalateAfterMs, Math.max(1_000, typicalMs));
}

async function callTerminate(run: LeaseRun, progress: ReleaseProgress): Promise<Read<Terminated>> {
  const { number } = run;
  const args = { ...decisiveRead(run, progress), tellWithinMs: run.input.terms.polling.maxMs };
  try {
    const options = { summary: `terminate ${number}` };
    return await inTrace(run.endsIn, () => deletes.terminateLease.executeWithOptions(options, [args]));
  } catch (error) {
    return { answered: true, value: outcomeOfLoss(error, `DELETE /numbers/leased/${number}`) };
  }
}

function decisiveRead({ number, memory }: LeaseRun, { leaseId }: ReleaseProgress) {
  const vouched = memory.accountVouched ?? false;
  return { number, leaseId, account: memory.account, isDecisive: true, vouched };
}

/** Waits, reads once, and judges what the read shows. True: the release is proven. */
async function poll(run: LeaseRun, progress: ReleaseProgress): Promise<boolean> {
  const { number } = run;
  const what = `looking whether ${number} is released`;
  const wait = Math.max(nextWait(run, progress), showsFrom(run, progress) - Date.now());
  const sooner = progress.watched ? ', sooner if the worker sees it go' : '';
  await run.wait(wait, `${what}${sooner}`, wakeOf(run, progress));
  run.isWoken = false; // from here on: a wake during the read is for the next one
  let requestedAt = Date.now();
  const check = () => {
    requestedAt = Date.now();
    return checkRelease(run, progress);
  };
  const read = await untilAnswered(run, what, check, isResolved(progress));
  if (!read) return resolved(run, progress);
  progress.looks += 1;
  run.memory.polls += 1;
  delete progress.watched;
  return judge(run, progress, read.value, requestedAt);
}

function isResolved(progress: ReleaseProgress): () => boolean {
  return () => progress.isResolved === true;
}

/** An operator said that the lease is over, as the vendor never showed it. */
function resolved(run: LeaseRun, progress: ReleaseProgress): true {
  proven(run, progress, 'operator');
  return true;
}

function checkRelease(run: LeaseRun, progress: ReleaseProgress): Promise<Read<ReleaseSeen>> {
  const args = {
    ...decisiveRead(run, progress),
    ...(progress.accepted && { sinceMs: Date.now() - progress.firstAskedAt }),
    isFirst: progress.looks === 0,
    tellWithinMs: run.input.terms.polling.maxMs,
  };
  return reads.checkRelease.executeWithOptions({ summary: `is ${run.number} released?` }, [args]);
}

/** What a read says about the release. Only "no open lease of this account under any id" leads to the proof. */
async function judge(
  run: LeaseRun,
  progress: ReleaseProgress,
  seen: ReleaseSeen,
  requestedAt: number,
): Promise<boolean> {
  if ('listed' in seen) {
    if (seen.watched) progress.watched = true;
    stillOpen(run, progress);
    return false;
  }
  const holding = holdingOf(run, seen);
  if (holding.is === 'disputed') {
    await outwaitDispute(run, holding.lease.leaseId);
    return false;
  }
  delete run.memory.dispute;
  run.calm('disputed');
  if (holding.is === 'ours') {
    openUnder(run, progress, holding.lease);
    return false;
  }
  if (isOverButHeld(seen, progress)) {
    stillOpen(run, progress);
    return false;
  }
  if (!isProven(run, progress, seen, requestedAt)) return false;
  if (areCallsOver(run, requestedAt)) delete run.memory.calls; // nothing is left that could act
  proven(run, progress, progress.byUs ? 'us' : 'vendor');
  return true;
}

/** Our lease is over by its own status, but its number is not free: it may still cost money. */
function isOverButHeld(seen: NumberSeen, { leaseId }: ReleaseProgress): boolean {
  return 'record' in seen && seen.record.lease?.leaseId === leaseId && seen.record.status === 'leased';
}

/** Our lease is still open, or a copy of our lease call, or the vendor's renewal, has put another one of ours in its place. */
function openUnder(run: LeaseRun, progress: ReleaseProgress, { leaseId, account }: LeaseConfirmed): void {
  run.memory.account = account;
  delete progress.overAt;
  if (leaseId !== progress.leaseId) {
    run.note(`the number shows lease ${leaseId}, which is ours as well`);
    Object.assign(progress, { leaseId, knownAt: Date.now(), accepted: false, isDue: true });
  } else stillOpen(run, progress);
}

/**
 * `DELETE` was answered, or may not act any more, or an earlier read showed the lease as over: then a read requested since
 * is a proof, unless it may be older than the lease. A number that the vendor does not know must be unknown twice.
 */
function isProven(run: LeaseRun, progress: ReleaseProgress, seen: NumberSeen, requestedAt: number): boolean {
  if (requestedAt < showsFrom(run, progress)) return false;
  if ('record' in seen) {
    delete progress.missingAt;
  } else {
    progress.missingAt ??= requestedAt;
    if (requestedAt - progress.missingAt < MISSING_APART_MS) return false;
  }
  const mayNotAct = requestedAt >= run.memory.terminateDoubtUntil;
  const isLater = progress.overAt !== undefined && requestedAt > progress.overAt;
  progress.overAt ??= Date.now();
  return progress.isAnswered === true || isLater || (progress.byUs && mayNotAct);
}

/** From then on a read cannot show how things were before the lease began, which looks like a release. */
function showsFrom({ input }: LeaseRun, { knownAt }: ReleaseProgress): number {
  return knownAt + readLag(input.terms);
}

function proven(run: LeaseRun, progress: ReleaseProgress, by: 'us' | 'vendor' | 'operator'): void {
  const { memory } = run;
  memory.releasedAt = Date.now();
  memory.releasedBy = by;
  if (by !== 'operator') measureRelease(progress.firstAskedAt, by);
  settle(progress, 'acted');
  delete memory.release;
  run.calm('release');
  run.note(`released: lease ${progress.leaseId} is ${by === 'operator' ? 'resolved as' : 'proven'} gone`);
}

/** Still open: `DELETE` again where the vendor never took it, or took it too long ago. */
function stillOpen(run: LeaseRun, progress: ReleaseProgress): void {
  const { escalateAfterMs } = run.input.terms.polling;
  if (Date.now() - progress.firstAskedAt >= escalateAfterMs) {
    run.attention(
      'release',
      `${run.number} is still leased ${formatDuration(escalateAfterMs)} after its termination`,
    );
  }
  const overdue = Date.now() - progress.lastAskedAt >= escalateAfterMs;
  if (progress.accepted && !overdue) return;
  settle(progress, 'not_acted');
  progress.isDue = true;
}

function doubt(progress: ReleaseProgress): void {
  progress.inDoubt = true;
  countInDoubt('terminate');
}

function settle(progress: ReleaseProgress, how: 'acted' | 'not_acted'): void {
  if (progress.inDoubt) countSettled('terminate', how);
  delete progress.inDoubt;
}

function wakeOf(run: LeaseRun, progress: ReleaseProgress): () => boolean {
  return () => progress.isResolved === true || (progress.watched === true && run.isWoken);
}

/** A `DELETE` that acts late, or twice, must not hit the next lease of this number, so the run keeps it till then. */
async function outwaitTerminateDoubt(run: LeaseRun): Promise<void> {
  const left = run.memory.terminateDoubtUntil - Date.now();
  if (left > 0) await run.wait(left, 'a terminate call may still act');
}
