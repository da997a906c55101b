import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { LeaseResult } from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { freeBudget } from './budget.js';
import { listen } from './lease-handlers.js';
import { LeaseRun } from './lease-run.js';
import { releaseNumber } from './release-number.js';
import { sendNext, settleDoubt } from './send-messages.js';
import { takeNumber } from './take-number.js';

/**
 * One number's whole life, and the only code that ever changes anything about it: lease, verify, send, extend,
 * expire, terminate, and wait until the release is proven. It ends only then, or when it is sure that nothing was
 * leased: a cancelled run gives the number back first, and no failure of the API ends it.
 */
export async function manageLease(input: ManageLeaseInput): Promise<LeaseResult> {
  const run = new LeaseRun(input);
  listen(run);
  giveBackWhenCancelled(run);
  return CancellationScope.nonCancellable(async () => {
    if (run.memory.phase === 'leasing') await takeNumber(run);
    if (run.memory.phase === 'active') await serve(run);
    run.messages.refuseQueued();
    await releaseNumber(run);
    if (input.budgeted) await freeBudget(run);
    await condition(allHandlersFinished);
    return run.result();
  });
}

/** A cancel may come with the first workflow task, so this is armed before anything is awaited. */
function giveBackWhenCancelled(run: LeaseRun): void {
  CancellationScope.current().cancelRequested.catch(() => run.end('cancelled'));
}

/** Sends what is queued, one text at a time, until something ends the lease. */
async function serve(run: LeaseRun): Promise<void> {
  const { memory, input } = run;
  const expiry = watchExpiry(run);
  await settleDoubt(run); // a text that an earlier run of this lease left in doubt
  while (!memory.ending) {
    if (memory.queue.length > 0) await sendNext(run);
    else if (input.terms.terminateAfterMessages) run.end('all messages are sent');
    else await condition(() => memory.queue.length > 0 || memory.ending !== undefined || run.isLong);
    if (!run.memory.ending) await run.handOverIfLong();
  }
  await expiry;
}

/** One durable timer until the expiry, set anew when the expiry moves. */
async function watchExpiry(run: LeaseRun): Promise<void> {
  const { memory } = run;
  const isEnding = () => memory.ending !== undefined || run.handingOver;
  while (!isEnding()) {
    const at = memory.expiresAt;
    if (at === undefined) {
      await condition(() => memory.expiresAt !== undefined || isEnding());
      continue;
    }
    const left = Math.max(1, at - Date.now());
    const summary = `the lease expires (${formatDuration(left)})`;
    const moved = await condition(() => memory.expiresAt !== at || isEnding(), left, { summary });
    if (!moved) run.end('expired');
  }
}
