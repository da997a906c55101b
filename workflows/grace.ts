import type { LeaseRun } from './lease-run.js';
import { isHistoryLong } from './long-history.js';

/**
 * The number goes back when the grace period is over; without one as soon as it is safe. A lease that is not active
 * yet has nothing to restore. Not for a cancel, which gives back at once.
 */
export function askToEnd(run: LeaseRun, reason: string, graceMs = run.input.terms.graceMs ?? 0): void {
  const { memory } = run;
  const first = memory.grace?.reason ?? reason;
  if (memory.ending || memory.phase !== 'active' || graceMs === 0) {
    run.end(first);
    return;
  }
  const until = Date.now() + graceMs;
  memory.grace = { reason: first, until };
  run.note(`${first}: goes back ${new Date(until).toISOString()} unless it is restored`);
  run.publish();
}

/** Returns when the grace period is over, or when somebody restored the lease or ended it at once. */
export async function outwaitGrace(run: LeaseRun): Promise<void> {
  const { memory, number } = run;
  const { grace } = memory;
  if (!grace) return;
  run.messages.refuseQueued();
  const left = grace.until - Date.now();
  if (left <= 0) run.end(grace.reason);
  else await run.wait(left, `giving ${number} back`, () => memory.grace !== grace || isHistoryLong());
}
