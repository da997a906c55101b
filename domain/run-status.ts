/** Statuses of Temporal's that say that a run is over. */
const CLOSED = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED_AS_NEW'];

/** Every other status is of an open run: paused, and what a newer server adds. */
export function isOpenStatus(name: string): boolean {
  return !CLOSED.includes(name);
}
