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

test.each([1_000, 5 * MINUTE_MS])(
  'first looks that come too late get earlier, until one comes too early: releases after %d ms',
  (tookMs) => {
    const times = new ReleaseTimes();
    times.add(2 * tookMs, false); // the vendor was slower before
    const looks: number[] = [];
    for (let life = 0; life < 400; life += 1) {
      const lookMs = times.typical()!;
      looks.push(lookMs);
      times.add(Math.max(lookMs, tookMs), lookMs >= tookMs);
    }
    for (const lookMs of looks.slice(-50))
      expect(lookMs / tookMs).toSatisfy((share: number) => share > 0.6 && share < 1.5);
  },
);
