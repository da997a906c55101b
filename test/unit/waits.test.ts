import { expect, test } from 'vitest';
import { waitAfter } from '../../workflows/until-answered.js';

const LEASES = 500;

/** When each of many leases that began to fail in the same second first asks after the outage, in milliseconds after its end. */
function returns(outageMs: number): number[] {
  return Array.from({ length: LEASES }, () => {
    let at = Math.random() * 1_000;
    for (let failures = 1; at < outageMs; failures += 1) at += waitAfter(failures);
    return at - outageMs;
  });
}

/** The most of them within any second. */
function peak(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  for (let first = 0, next = 0; next < sorted.length; next += 1) {
    while (sorted[next]! - sorted[first]! >= 1_000) first += 1;
    most = Math.max(most, next - first + 1);
  }
  return most;
}

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

test.each([
  ['half a minute', 30 * SECOND, 70],
  ['a minute', MINUTE, 45],
  ['ten minutes', 10 * MINUTE, 14],
  ['an hour', HOUR, 14],
  ['a day', 24 * HOUR, 14],
])('five hundred leases come back spread out after %s without an answer', (_, outageMs, atMost) => {
  const times = returns(outageMs);
  expect(peak(times)).toBeLessThanOrEqual(atMost);
  expect(Math.max(...times)).toBeLessThanOrEqual(7.5 * MINUTE);
});

test('a wait is not shorter than the vendor asks, and not longer than seven and a half minutes by itself', () => {
  const limited = { call: 'GET /', message: '', byVendor: true, neverSent: false, retryAfterMs: 8 * MINUTE };
  for (let failures = 1; failures < 60; failures += 1) {
    const own = waitAfter(failures);
    expect(own).toBeGreaterThanOrEqual(Math.min(150 * SECOND, 500 * 2 ** (failures - 1)));
    expect(own).toBeLessThanOrEqual(Math.min(450 * SECOND, 1_500 * 2 ** (failures - 1)));
    const asked = waitAfter(failures, limited);
    expect(asked).toBeGreaterThanOrEqual(8 * MINUTE);
    expect(asked).toBeLessThanOrEqual(12 * MINUTE);
  }
});
