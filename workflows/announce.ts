import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { eventRunId, type DeliveryEvent, type LeaseEvent, type StateEvent } from '../domain/events.js';
import { deliverEvent } from './deliver-event.js';
import type { LeaseRun } from './lease-run.js';

/** Tells services what happened, where the worker that started this lease's run was told to; nobody waits for them. */
export function announce(run: LeaseRun, what: StateEvent | DeliveryEvent): void {
  const { input, memory, number } = run;
  if (!input.announces) return;
  memory.announced += 1;
  const event: LeaseEvent = {
    id: `${workflowInfo().firstExecutionRunId}-${memory.announced}`,
    at: new Date().toISOString(),
    number,
    reference: input.reference,
    ...(input.labels && { labels: input.labels }),
    ...what,
  };
  run.announcements.push(begin(event));
}

/** Where a run ends before its child has begun, the child may never begin. */
export async function allAnnounced({ announcements }: LeaseRun): Promise<void> {
  await Promise.all(announcements);
}

/** The state that lists show now, as an event; nothing is told of a number that was never leased. */
export function announceState(run: LeaseRun): void {
  const { lease, expiresAt } = run.memory;
  if (!lease) return;
  announce(run, {
    type: 'lease.state',
    state: run.state,
    leaseId: lease.leaseId,
    ...(run.trouble !== undefined && { attention: run.trouble.message }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  });
}

async function begin(event: LeaseEvent): Promise<void> {
  try {
    await startChild(deliverEvent, {
      workflowId: eventRunId(event.id),
      args: [event],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${event.type} of ${event.number}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
