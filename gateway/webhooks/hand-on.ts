import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { NAMES } from '../../domain/contract.js';
import { eventRunId, type LeaseEvent } from '../../domain/events.js';
import type { VendorEvent } from './events.js';

/**
 * Hands texts that somebody wrote to a number on to services: a run of its own tells each until it is taken. The same
 * text is told by one run, however often the vendor tells of it, as far as the namespace's retention reaches.
 */
export function handOnTexts({ workflow }: Client, taskQueue: string): (event: VendorEvent) => Promise<void> {
  return async (event) => {
    if (event.kind !== 'text') return;
    const { from, body, attachments, at } = event;
    const [number = ''] = event.numbers;
    const id = `vendor-${event.id}`;
    const told: LeaseEvent = {
      id,
      at: new Date(at).toISOString(),
      number,
      type: 'text.received',
      from,
      body,
      ...(attachments.length > 0 && { attachments }),
    };
    try {
      await workflow.start<(event: LeaseEvent) => Promise<void>>(NAMES.deliverEvent, {
        workflowId: eventRunId(id),
        taskQueue,
        args: [told],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `text.received of ${number}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  };
}
