/** Figures of the business for whoever watches the workers. They are no commands: histories and replay know nothing of them. */
import { metricMeter, workflowInfo } from '@temporalio/workflow';

/** A call that changes something at the vendor. */
type Change = 'lease' | 'send' | 'terminate';

/** What a call without an answer turned out to be; `unknown`: nobody can tell, and a text is not sent again. */
type Settled = 'acted' | 'acted_late' | 'not_acted' | 'unknown';

/** From the request to the number, however many candidates were tried. */
export function measureLease(): void {
  const what = 'From a request to its verified lease';
  seconds('leasehold_time_to_lease_seconds', what, Date.now() - workflowInfo().startTime.getTime());
}

/** From the first `DELETE` to the proof. */
export function measureRelease(askedAt: number, by: 'us' | 'vendor'): void {
  const what = 'From the first call to terminate to the proof of the release';
  seconds('leasehold_time_to_release_seconds', what, Date.now() - askedAt, { released_by: by });
}

/** A call has no answer: it may or may not have acted. */
export function countInDoubt(call: Change): void {
  count('leasehold_calls_in_doubt', 'Calls whose answer was lost', { call });
}

export function countSettled(call: Change, how: Settled): void {
  count('leasehold_doubts_settled', 'What calls without an answer turned out to be', { call, how });
}

function count(name: string, what: string, tags: Record<string, string>): void {
  metricMeter.createCounter(name, undefined, what).add(1, tags);
}

function seconds(name: string, what: string, milliseconds: number, tags: Record<string, string> = {}): void {
  metricMeter.createHistogram(name, 'float', undefined, what).record(milliseconds / 1_000, tags);
}
