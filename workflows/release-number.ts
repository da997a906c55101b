import type { ReleaseVerdict } from '../activities/check-release.js';
import type { Terminated } from '../activities/terminate-lease.js';
import { formatDuration } from '../domain/duration.js';
import type { ReleaseProgress } from '../domain/lease-input.js';
import type { LeaseRun } from './lease-run.js';
import { expectCopies, outwaitLeaseDoubt } from './own-lease.js';
import { readsLag } from './reads-lag.js';
import { changes, factsOfLoss, reads } from './steps.js';
import { countInDoubt, countSettled, measureRelease } from './telemetry.js';
import { inTrace } from './trace.js';
import { inWords, untilAnswered, waitAfter } from './until-answered.js';

/** For so long after the first `DELETE` the waits stay within the request's `max`; then they grow. */
const BRISK_MS = 15 * 60_000;
const LONGEST_WAIT_MS = 10 * 60_000;
/** A run that is woken looks by itself this often, should its worker be gone. */
const WATCHED_WAIT_MS = 5 * 60_000;
/** Two "no such number" prove a release only when they lie this far apart. */
const MISSING_APART_MS = 10_000;

/** Gives back whatever this run leased, and does not return before the vendor has proven that it is released. */
export async function releaseNumber(run: LeaseRun): Promise<void> {
  const { memory } = run;
  if (memory.lease && memory.releasedAt === undefined) await release(run, memory.lease.leaseId);
  await outwaitTerminateDoubt(run);
  expectCopies(run);
  do await releaseStray(run);
  while (await outwaitLeaseDoubt(run));
  run.enter('done');
}

async function releaseStray(run: LeaseRun): Promise<void> {
  const { stray } = run.memory;
  if (!stray) return;
  await release(run, stray.leaseId);
  await outwaitTerminateDoubt(run);
}

/** `DELETE`, then looks with growing durable waits until the release is proven. It never gives up. */
async function release(run: LeaseRun, leaseId: string): Promise<void> {
  if (run.state !== 'terminating') run.enter('releasing');
  run.isWoken = false; // whatever it was that somebody woke it for before
  const progress = run.memory.release ?? (await begin(run, leaseId));
  for (;;) {
    const wait = Math.max(nextWait(run, progress), showsAfter(run, progress) - Date.now());
    const sooner = progress.watched ? ', sooner if the worker sees it go' : '';
    await run.wait(wait, `looking whether ${run.number} is released${sooner}`, wakeOf(run, progress));
    run.isWoken = false; // from here on: a wake during the look is for the next one
    const verdict = await look(run, progress);
    if (isProven(run, progress, verdict)) {
      proven(run, progress, verdict);
      return;
    }
    if (verdict.verdict === 'held') await heldStill(run, progress);
    await run.handOverIfLong();
  }
}

async function begin(run: LeaseRun, leaseId: string): Promise<ReleaseProgress> {
  const now = Date.now();
  const waitMs = run.input.terms.polling.initialMs;
  const progress = {
    leaseId,
    firstAskedAt: now,
    lastAskedAt: now,
    accepted: false,
    byUs: false,
    looks: 0,
    waitMs,
  };
  run.memory.release = progress;
  await ask(run, progress);
  return progress;
}

/** One `DELETE`. A refusal is no end: the look that follows tells whether the lease is still there. */
async function ask(run: LeaseRun, progress: ReleaseProgress): Promise<void> {
  const { memory, number } = run;
  const answer = await callInTurn(run, progress.leaseId);
  progress.lastAskedAt = Date.now();
  if (answer.outcome !== 'refused') {
    progress.byUs = true;
    memory.terminateDoubtUntil = Date.now() + run.input.terms.settleWindowMs;
  }
  if (answer.outcome === 'confirmed') {
    progress.accepted = true;
    memory.terminatedAt ??= Date.now();
    if (answer.value.leaseId === progress.leaseId) memory.account = answer.value.account;
    if (answer.typicalMs !== undefined && progress.looks === 0)
      progress.waitMs = firstWait(run, answer.typicalMs);
    if (answer.watched) progress.watched = true;
    run.note(`terminated; the vendor may take a few minutes to release ${number}`);
    return;
  }
  run.note(`terminate call ${answer.outcome}: ${inWords(answer.call)}`);
  if (answer.outcome === 'ambiguous') doubt(progress);
  if (answer.call.status === 401 || answer.call.status === 403) run.attention('api', inWords(answer.call));
}

/** One that waits its turn was not sent, so there is nothing to look at: it is called again when its turn comes. */
async function callInTurn(run: LeaseRun, leaseId: string): Promise<Terminated> {
  for (;;) {
    const answer = await callTerminate(run, leaseId);
    if (answer.outcome === 'confirmed' || !answer.call.heldBack) return answer;
    await run.wait(waitAfter(1, answer.call), `giving ${run.number} back: ${inWords(answer.call)}`);
    await run.handOverIfLong();
  }
}

/** As long as others took, but not past the time when somebody should know. */
function firstWait(run: LeaseRun, typicalMs: number): number {
  return Math.min(run.input.terms.polling.escalateAfterMs, Math.max(1_000, typicalMs));
}

async function callTerminate(run: LeaseRun, leaseId: string): Promise<Terminated> {
  const { number, memory } = run;
  const { account, lease, stray } = memory;
  const begun = [lease, stray].find((own) => own?.leaseId === leaseId)?.billing.period.start;
  const { maxMs: tellWithinMs } = run.input.terms.polling;
  const args = { number, leaseId, account, tellWithinMs, ...(begun !== undefined && { begun }) };
  try {
    const options = { summary: `terminate ${number}` };
    return await inTrace(run.endsIn, () => changes.terminateLease.executeWithOptions(options, [args]));
  } catch (error) {
    return { outcome: 'ambiguous', call: factsOfLoss(error, `DELETE /numbers/leased/${number}`) };
  }
}

async function look(run: LeaseRun, progress: ReleaseProgress): Promise<ReleaseVerdict> {
  const { memory, number } = run;
  const asked = () => ({
    number,
    leaseId: progress.leaseId,
    account: memory.account,
    askedAt: progress.accepted ? progress.firstAskedAt : 0,
    isFirst: progress.looks === 0,
    tellWithinMs: run.input.terms.polling.maxMs,
    vouched: memory.accountVouched ?? false,
  });
  const check = () => reads.checkRelease.executeWithOptions({ summary: `is ${number} released?` }, [asked()]);
  const seen = await untilAnswered(run, `looking whether ${number} is released`, check);
  if (!seen) throw new TypeError('a look for a release was given up');
  progress.looks += 1;
  memory.polls += 1;
  delete progress.watched;
  if (seen.value.verdict === 'held') {
    memory.account = seen.value.account;
    if (seen.value.watched) progress.watched = true;
  }
  return seen.value;
}

/** Proof: our lease is gone from the number; or the vendor said twice, far enough apart, that there is no such number. */
function isProven(run: LeaseRun, progress: ReleaseProgress, { verdict }: ReleaseVerdict): boolean {
  if (Date.now() < showsAfter(run, progress)) return false;
  if (verdict !== 'missing') {
    delete progress.missingAt;
    return verdict === 'released';
  }
  progress.missingAt ??= Date.now();
  return Date.now() - progress.missingAt >= MISSING_APART_MS;
}

/** From then on a read cannot show any more how things were before the lease began, which looks like a release. */
function showsAfter({ memory, input }: LeaseRun, { leaseId }: ReleaseProgress): number {
  const { knownAt = 0 } = [memory.lease, memory.stray].find((own) => own?.leaseId === leaseId) ?? {};
  return knownAt + readsLag(input.terms);
}

function proven(run: LeaseRun, progress: ReleaseProgress, verdict: ReleaseVerdict): void {
  const { memory } = run;
  if (rulesOutCopies(run, verdict)) delete memory.leaseActsUntil;
  memory.releasedAt = Date.now();
  memory.releasedBy = progress.byUs ? 'us' : 'vendor';
  measureRelease(progress.firstAskedAt, memory.releasedBy);
  settle(progress, 'acted');
  delete memory.release;
  if (memory.stray?.leaseId === progress.leaseId) delete memory.stray;
  run.calm('release');
  run.note(`released: lease ${progress.leaseId} is proven gone`);
}

/** No other lease was there when no copy of a lease call could act any more: nothing is left to look for. */
function rulesOutCopies({ memory, input }: LeaseRun, verdict: ReleaseVerdict): boolean {
  const { leaseActsUntil = 0 } = memory;
  const isLate = Date.now() >= leaseActsUntil + readsLag(input.terms);
  return isLate && !('otherLease' in verdict);
}

/** Still leased: ask again where the vendor never took the termination, or took it too long ago. */
async function heldStill(run: LeaseRun, progress: ReleaseProgress): Promise<void> {
  const { escalateAfterMs } = run.input.terms.polling;
  const sinceFirst = Date.now() - progress.firstAskedAt;
  if (sinceFirst >= escalateAfterMs) {
    run.attention(
      'release',
      `${run.number} is still leased ${formatDuration(escalateAfterMs)} after its termination`,
    );
  }
  const overdue = Date.now() - progress.lastAskedAt >= escalateAfterMs;
  if (progress.accepted && !overdue) return;
  settle(progress, 'not_acted');
  await ask(run, progress);
}

function doubt(progress: ReleaseProgress): void {
  progress.inDoubt = true;
  countInDoubt('terminate');
}

function settle(progress: ReleaseProgress, how: 'acted' | 'not_acted'): void {
  if (progress.inDoubt) countSettled('terminate', how);
  delete progress.inDoubt;
}

/** The first wait is as long as recent terminations took; the later ones start small again and grow. */
function nextWait(run: LeaseRun, progress: ReleaseProgress): number {
  const { initialMs, backoff, maxMs } = run.input.terms.polling;
  if (!progress.accepted) return waitAfter(progress.looks + 1);
  if (progress.looks === 0) return progress.waitMs;
  if (progress.watched) return untilEscalation(run, progress);
  const longest = Date.now() - progress.firstAskedAt < BRISK_MS ? maxMs : Math.max(maxMs, LONGEST_WAIT_MS);
  const wait = progress.looks === 1 ? initialMs : Math.min(longest, progress.waitMs * backoff);
  progress.waitMs = Math.min(longest, wait);
  return progress.missingAt === undefined ? progress.waitMs : Math.max(progress.waitMs, MISSING_APART_MS);
}

/** Whoever is woken needs no looks of his own, but for the one that asks again. */
function untilEscalation({ input }: LeaseRun, { lastAskedAt }: ReleaseProgress): number {
  const left = lastAskedAt + input.terms.polling.escalateAfterMs - Date.now();
  return Math.min(WATCHED_WAIT_MS, left > 0 ? left : WATCHED_WAIT_MS);
}

function wakeOf(run: LeaseRun, { watched }: ReleaseProgress): (() => boolean) | undefined {
  return watched && (() => run.isWoken);
}

/** A `DELETE` that acts late, or twice, must not hit the next lease of this number, so the run keeps it till then. */
async function outwaitTerminateDoubt(run: LeaseRun): Promise<void> {
  const left = run.memory.terminateDoubtUntil - Date.now();
  if (left > 0) await run.wait(left, 'a terminate call may still act');
}
