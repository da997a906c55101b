import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { LeaseEvent } from '../domain/events.js';

const { postEvent } = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  scheduleToCloseTimeout: '3 days',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1 hour' },
});

/**
 * Tells one event to the URL of the worker's configuration, until it answers 2xx; fails after three days. A run of its
 * own, so that a lease waits for nobody's server and every event that could not be told is in the list of failed runs.
 */
export async function deliverEvent(event: LeaseEvent): Promise<void> {
  await postEvent(event);
}
