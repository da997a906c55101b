import type { LogEntry } from '@temporalio/worker';

/**
 * How the time-skipping server (1.38.0) refuses a workflow task that cancels a timer which fires, or an activity which
 * ends, while the task is under way. A real server takes such an answer. This one keeps the run in a state that never
 * changes again and holds its clock (temporalio/sdk-java, issues 2606 and 3088): what follows tells nothing of the promise.
 */
const REFUSALS = /invalid history builder state for action|ACTIVITY_UNKNOWN for scheduledEventId/;

/** Whether a worker was told so, by what the SDK's Core logs of it. */
export function tellsOfLostTask({ meta }: Pick<LogEntry, 'meta'>): boolean {
  return REFUSALS.test(String(meta?.error ?? ''));
}

/** Core's words where code of a workflow throws anything but a failure of the run: the task is tried again for good. */
const FAILING = 'Failing workflow task';

/** Why a run's workflow task fails, where a log entry tells so: no seed ends with such a run. */
export function failingTaskOf({ message, meta }: Pick<LogEntry, 'message' | 'meta'>): string | undefined {
  if (!message.includes(FAILING)) return undefined;
  return /message: "([^"]+)"/.exec(String(meta?.failure))?.[1] ?? 'no reason is logged';
}
