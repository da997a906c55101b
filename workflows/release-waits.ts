/** How long a run waits until it looks again whether its number is released. */
import type { ReleaseProgress } from '../domain/lease-input.js';
import type { LeaseRun } from './lease-run.js';
import { MISSING_APART_MS } from './ownership.js';
import { waitAfter } from './until-answered.js';

/** For so long after the first `DELETE` the waits stay within the request's `max`; then they grow. */
const BRISK_MS = 15 * 60_000;
const LONGEST_WAIT_MS = 10 * 60_000;
/** A run that is woken looks by itself this often, should its worker be gone. */
const WATCHED_WAIT_MS = 5 * 60_000;

/** The first wait is as long as recent terminations took; the later ones start small again and grow. */
export function nextWait(run: LeaseRun, progress: ReleaseProgress): number {
  const { initialMs, backoff, maxMs } = run.input.terms.polling;
  if (!progress.accepted) return waitAfter(progress.looks + 1);
  if (progress.looks === 0) return progress.waitMs;
  if (progress.watched) return untilEscalation(run, progress);
  const longest = Date.now() - progress.firstAskedAt < BRISK_MS ? maxMs : Math.max(maxMs, LONGEST_WAIT_MS);
  const wait = progress.looks === 1 ? initialMs : Math.min(longest, progress.waitMs * backoff);
  progress.waitMs = Math.min(longest, wait);
  return progress.missingAt === undefined ? progress.waitMs : Math.max(progress.waitMs, MISSING_APART_MS);
}

/** A run that is woken needs no polls of its own, but for the one that requests the termination again. */
function untilEscalation({ input }: LeaseRun, { lastAskedAt }: ReleaseProgress): number {
  const left = lastAskedAt + input.terms.polling.escalateAfterMs - Date.now();
  return Math.min(WATCHED_WAIT_MS, left > 0 ? left : WATCHED_WAIT_MS);
}
