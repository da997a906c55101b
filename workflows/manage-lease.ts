import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { LeaseResult } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { freeBudget } from './budget.js';
import { endsAfterMessages } from './deadline-plan.js';
import { watchDeadline } from './deadlines.js';
import { lookLast, watchDeliveries } from './deliveries.js';
import { askToEnd, outwaitGrace } from './grace.js';
import { watchHealth } from './health.js';
import { adoptNumber } from './adopt-number.js';
import { allAnnounced } from './announce.js';
import { listen } from './lease-handlers.js';
import { LeaseRun } from './lease-run.js';
import { isHistoryLong } from './long-history.js';
import { releaseNumber } from './release-number.js';
import { TextSender } from './send-messages.js';
import { takeNumber } from './take-number.js';
import { wakeOwner } from './wake-owner.js';

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
    const woken = wakeOwner(run);
    const deliveries = watchDeliveries(run);
    if (isTooLate(input)) refuseLateStart(run);
    else if (run.memory.phase === 'leasing')
      await (input.adopt ? adoptNumber(run, input.adopt) : takeNumber(run));
    if (run.memory.phase === 'active') await serve(run);
    run.messages.refuseQueued();
    await releaseNumber(run);
    if (input.budgeted) await freeBudget(run);
    await woken;
    await deliveries;
    await lookLast(run);
    await condition(allHandlersFinished);
    await allAnnounced(run);
    return run.result();
  });
}

/** Both on the Temporal server's clock; a reset keeps the time of the start. */
function isTooLate({ startBy, carried }: ManageLeaseInput): boolean {
  return startBy !== undefined && !carried && workflowInfo().startTime.getTime() > startBy;
}

/** The request that started this run was delayed: its provision may be over, or have leased another number. */
function refuseLateStart(run: LeaseRun): void {
  const why = failure('NumberUnavailable', `the run of ${run.number} started too late to be wanted`);
  run.memory.acquired = { outcome: 'refused', failure: why, late: true };
  run.end(why.message);
}

/** A cancel may come with the first workflow task, so this is armed before anything is awaited. */
function giveBackWhenCancelled(run: LeaseRun): void {
  CancellationScope.current().cancelRequested.catch(() => run.end('cancelled'));
}

/** Sends what is queued, one text at a time, until something ends the lease and its grace period is over. */
async function serve(run: LeaseRun): Promise<void> {
  const { memory } = run;
  const deadline = watchDeadline(run);
  const health = run.input.terms.health && watchHealth(run);
  const texts = new TextSender(run);
  while (!memory.ending) {
    texts.settleDoubts();
    if (memory.grace) await outwaitGrace(run);
    else if (memory.queue.length > 0) await texts.sendNext();
    else if (endsAfterMessages(run)) askToEnd(run, 'all messages are sent');
    else await condition(() => hasToAct(run));
    if (!run.memory.ending && isHistoryLong()) {
      await texts.stop();
      await run.continueAsNewIfNeeded();
    }
  }
  await texts.stop();
  await deadline;
  if (health) await health;
}

function hasToAct(run: LeaseRun): boolean {
  const { queue, grace, ending } = run.memory;
  return (
    queue.length > 0 ||
    ending !== undefined ||
    grace !== undefined ||
    endsAfterMessages(run) ||
    isHistoryLong()
  );
}
