import { expect, test } from 'vitest';
import { failingTaskOf } from '../../simulation/lost-tasks.js';
import { ListSwitch } from '../../simulation/events.js';

test('a workflow task that fails is told by its reason', () => {
  const failure =
    'Failure { failure: Some(Failure { message: "Unknown encoding: x", source: "", cause: None }) }';
  expect(failingTaskOf({ message: 'Failing workflow task', meta: { failure } })).toBe('Unknown encoding: x');
  expect(failingTaskOf({ message: 'Failing workflow task', meta: {} })).toBe('no reason is logged');
  expect(failingTaskOf({ message: 'Network error', meta: { failure } })).toBeUndefined();
});

test('while the list of leased numbers cannot be read, most reads of a number answer 404', () => {
  const lists = new ListSwitch({ decide: () => undefined });
  const answers = (route: string) =>
    Array.from(
      { length: 10 },
      (_, nth) => lists.decide({ route, number: '+1', nth, at: 0 })?.kind ?? 'as it is',
    );
  expect(new Set(answers('GET /numbers/{number}'))).toEqual(new Set(['as it is']));
  lists.readable = false;
  expect(new Set(answers('GET /numbers/leased'))).toEqual(new Set(['unreadable list']));
  expect(answers('GET /numbers/{number}').filter((kind) => kind === '404')).toHaveLength(7);
  expect(new Set(answers('POST /send/text'))).toEqual(new Set(['as it is']));
});
