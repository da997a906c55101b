/** Statuses of Temporal's that say that a run is over. */
const CLOSED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED_AS_NEW'];

/** Every other status is of an open run: paused, and what a newer server adds. */
export function isOpenStatus(name: string): boolean {
  return !CLOSED.includes(name);
}

const CLOSED_WORDS = `('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut', 'ContinuedAsNew')`;

/** The same in Temporal's list filters, which refuse a word that the server does not know. */
export const OPEN_RUNS = `ExecutionStatus NOT IN ${CLOSED_WORDS}`;
export const CLOSED_RUNS = `ExecutionStatus IN ${CLOSED_WORDS}`;
