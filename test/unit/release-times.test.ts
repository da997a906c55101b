import { expect, test } from 'vitest';
import { ReleaseTimes } from '../../activities/release-times.js';

const MINUTE_MS = 60_000;

test('nothing is typical before anything was measured', () => {
  expect(new ReleaseTimes().typical()).toBeUndefined();
});

test('the lower quartile of recent terminations is typical', () => {
  const times = new ReleaseTimes();
  for (const minutes of [8, 1, 4, 2, 3, 7, 5, 6]) times.add(minutes * MINUTE_MS, false);
  expect(times.typical()).toBe(3 * MINUTE_MS);
});

test('old terminations are forgotten', () => {
  const times = new ReleaseTimes();
  for (let life = 0; life < 32; life += 1) times.add(MINUTE_MS, false);
  for (let life = 0; life < 32; life += 1) times.add(5 * MINUTE_MS, false);
  expect(times.typical()).toBe(5 * MINUTE_MS);
});

test('first looks that always come too late are measured anew', () => {
  const times = new ReleaseTimes();
  times.add(10 * MINUTE_MS, false);
  for (let life = 0; life < 16; life += 1) times.add(10 * MINUTE_MS, true);
  expect(times.typical()).toBe(10 * MINUTE_MS);
  times.add(10 * MINUTE_MS, true);
  expect(times.typical()).toBeUndefined();
});

test('a look that found it held shows that the wait is no longer than it should be', () => {
  const times = new ReleaseTimes();
  for (let life = 0; life < 100; life += 1) times.add(MINUTE_MS, life % 10 > 0);
  expect(times.typical()).toBe(MINUTE_MS);
});
