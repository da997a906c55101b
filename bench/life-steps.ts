/** The way to a usable number in its steps, from the times of both runs' histories at the server. */
import { timeOf, type History, type HistoryEvent } from './history-counts.js';

export interface Step {
  name: string;
  /** How many of the API's round trips are in it. */
  roundTrips: number;
  ms: number;
}

type Mark = (event: HistoryEvent) => unknown;

const started: Mark = (event) => event.workflowExecutionStartedEventAttributes;
const closed: Mark = (event) => event.workflowExecutionCompletedEventAttributes;
const answered: Mark = (event) => event.workflowExecutionUpdateCompletedEventAttributes;
const scheduled =
  (activity: string): Mark =>
  ({ activityTaskScheduledEventAttributes: attributes }) =>
    attributes?.activityType?.name === activity;

/**
 * @param provision history of the request's run, which found its number at the first try
 * @param lease history of the number's run
 * @param usableMs how long the caller waited in all
 */
export function stepsOf(provision: History, lease: History, usableMs: number): Step[] {
  const [begun, over] = [at(provision, started), at(provision, closed)];
  const [find, acquire] = [activity(provision, 'findNumbers'), activity(provision, 'acquireNumber')];
  const take = activity(lease, 'leaseNumber');
  const owned = at(lease, started);
  const told = at(lease, answered);
  const step = (name: string, ms: number, roundTrips = 0): Step => ({ name, roundTrips, ms });
  return [
    step('the request’s run: its first task', find.from - begun),
    step('search: an activity', find.to - find.from, 1),
    step('second task', acquire.from - find.to),
    step('hand-over: an activity starts the number’s run', owned - acquire.from),
    step('the number’s run: its first task', take.from - owned),
    step('lease and verify: an activity', take.to - take.from, 2),
    step('second task', told - take.to),
    step('the answer travels to the hand-over', acquire.to - told),
    step('the request’s run: its last task', over - acquire.to),
    step('the caller’s call and its answer', usableMs - (over - begun)),
  ];
}

function at({ events }: History, mark: Mark): number {
  const event = events?.find(mark);
  if (!event) throw new Error('a history lacks a step: this life did not go the usual way');
  return timeOf(event);
}

/** When the first such activity was scheduled, and when it was over. */
function activity(history: History, name: string): { from: number; to: number } {
  const begun = history.events?.find(scheduled(name));
  const isItsEnd: Mark = ({ activityTaskCompletedEventAttributes: attributes }) =>
    attributes && String(attributes.scheduledEventId) === String(begun?.eventId);
  return { from: at(history, scheduled(name)), to: at(history, isItsEnd) };
}
