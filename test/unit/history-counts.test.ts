import { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { countHistories } from '../../bench/history-counts.js';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Events with their ids, a second apart. */
function history(...events: Omit<Event, 'eventId' | 'eventTime'>[]): temporal.api.history.v1.History {
  const all = events.map((event, index) => ({
    ...event,
    eventId: index + 1,
    eventTime: { seconds: index, nanos: 500_000_000 },
  }));
  return temporal.api.history.v1.History.fromObject({ events: all });
}

const started = { workflowExecutionStartedEventAttributes: {} };
const marker = (task: number) => ({
  markerRecordedEventAttributes: { workflowTaskCompletedEventId: task as never },
});

test('nothing but the start of a run is one action', () => {
  expect(countHistories([history(started)])).toEqual({
    events: 1,
    actions: 1,
    workflowTasks: 0,
    waitedMs: 0,
  });
});

test('local activities of one workflow task are one action, those of two are two', () => {
  expect(countHistories([history(started, marker(4), marker(4))]).actions).toBe(2);
  expect(countHistories([history(started, marker(4), marker(9))]).actions).toBe(3);
});

test('the search attribute that a patch leaves is no action, its marker is', () => {
  const searchAttributes = { indexedFields: { TemporalChangeVersion: {} } };
  const patch = { upsertWorkflowSearchAttributesEventAttributes: { searchAttributes } };
  expect(countHistories([history(started, marker(4), patch)]).actions).toBe(2);
});

test('an activity is an action for each attempt, and what schedules or ends it is none', () => {
  const counts = countHistories([
    history(
      started,
      { activityTaskScheduledEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 3 } },
      { activityTaskCompletedEventAttributes: {} },
    ),
  ]);
  expect(counts.actions).toBe(4);
});

test('timers, signals, updates and changes of search attributes are one action each', () => {
  const counts = countHistories([
    history(
      started,
      { workflowTaskCompletedEventAttributes: {} },
      { timerStartedEventAttributes: {} },
      { workflowExecutionSignaledEventAttributes: {} },
      { workflowExecutionUpdateAcceptedEventAttributes: {} },
      { workflowExecutionUpdateCompletedEventAttributes: {} },
      { upsertWorkflowSearchAttributesEventAttributes: {} },
      { workflowExecutionCompletedEventAttributes: {} },
    ),
  ]);
  expect(counts).toMatchObject({ events: 8, actions: 5, workflowTasks: 1 });
});

test('a wait lasts until its timer fires or is cancelled, and two at a time count once', () => {
  const counts = countHistories([
    history(
      started,
      { timerStartedEventAttributes: { timerId: '1' } }, // event 2, at 1.5 s
      { timerStartedEventAttributes: { timerId: '2' } }, // event 3, at 2.5 s
      { timerFiredEventAttributes: { startedEventId: 2 as never } }, // at 3.5 s
      { timerCanceledEventAttributes: { startedEventId: 3 as never } }, // at 4.5 s
      { timerStartedEventAttributes: { timerId: '3' } }, // nobody lived to see it
    ),
  ]);
  expect(counts.waitedMs).toBe(3_000);
});

test('the runs of a life are added up', () => {
  expect(countHistories([history(started), history(started, marker(2))])).toMatchObject({
    events: 3,
    actions: 3,
  });
});
