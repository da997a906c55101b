import { expect, test } from 'vitest';
import { stepsOf } from '../../bench/life-steps.js';
import type { History, HistoryEvent } from '../../bench/history-counts.js';

/** Events one second after the other, from the given one on. */
function history(fromS: number, events: HistoryEvent[]): History {
  return {
    events: events.map((event, nth) => ({
      ...event,
      eventId: nth + 1,
      eventTime: { seconds: fromS + nth, nanos: 500_000_000 },
    })) as unknown as HistoryEvent[],
  };
}

const scheduled = (name: string) => ({ activityTaskScheduledEventAttributes: { activityType: { name } } });
const completed = (scheduledEventId: number) =>
  ({ activityTaskCompletedEventAttributes: { scheduledEventId } }) as unknown as HistoryEvent;

const PROVISION = [
  { workflowExecutionStartedEventAttributes: {} },
  scheduled('findNumbers'),
  completed(2),
  scheduled('acquireNumber'),
  {},
  {},
  {},
  {},
  {},
  {},
  {},
  completed(4),
  { workflowExecutionCompletedEventAttributes: {} },
];
const LEASE = [
  { workflowExecutionStartedEventAttributes: {} },
  scheduled('leaseNumber'),
  completed(2),
  { workflowExecutionUpdateCompletedEventAttributes: {} },
  scheduled('readNumber'), // before the DELETE
];

test('the steps of a life follow each other without a gap', () => {
  const steps = stepsOf(history(100, PROVISION), history(105, LEASE), 12_900);
  expect(steps.map(({ ms }) => ms)).toEqual([
    1_000, 1_000, 1_000, 2_000, 1_000, 1_000, 1_000, 3_000, 1_000, 900,
  ]);
  expect(steps.flatMap(({ name, roundTrips }) => (roundTrips > 0 ? [[name, roundTrips]] : []))).toEqual([
    ['search: an activity', 1],
    ['lease and verify: an activity', 2],
  ]);
});

test('a life that went another way is no sample', () => {
  const refused = LEASE.slice(0, 3);
  expect(() => stepsOf(history(100, PROVISION), history(105, refused), 12_900)).toThrow('lacks a step');
});
