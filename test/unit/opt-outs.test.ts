import { expect, test } from 'vitest';
import type { LeaseMemory } from '../../domain/lease-input.js';
import { noteOptOut } from '../../workflows/opt-outs.js';

const TO = '+12025550123';
const NOON = Date.UTC(2026, 10, 30, 12, 0, 5);
const MS = NOON + 340;

/** Whether texts to a recipient are blocked after these reports, which come in this order. */
function isBlockedAfter(...reports: ['STOP' | 'START', number][]): boolean {
  const memory: Pick<LeaseMemory, 'optOuts'> = { optOuts: {} };
  for (const [keyword, at] of reports)
    noteOptOut(memory, { recipient: TO, optedOut: keyword === 'STOP', at });
  return memory.optOuts[TO]?.out ?? false;
}

test.each([
  [
    'START, then STOP within the same second',
    true,
    [
      ['START', NOON],
      ['STOP', NOON],
    ],
  ],
  [
    'STOP, then START within the same second',
    true,
    [
      ['STOP', NOON],
      ['START', NOON],
    ],
  ],
  [
    'STOP, then START a second later',
    false,
    [
      ['STOP', NOON],
      ['START', NOON + 1_000],
    ],
  ],
  [
    'START, delivered before the STOP of a second earlier',
    false,
    [
      ['START', NOON + 1_000],
      ['STOP', NOON],
    ],
  ],
  [
    'START, delivered after the STOP of a second later',
    true,
    [
      ['STOP', NOON + 1_000],
      ['START', NOON],
    ],
  ],
  [
    'START in milliseconds within the second of the STOP',
    true,
    [
      ['STOP', NOON],
      ['START', MS],
    ],
  ],
  [
    'START in milliseconds a minute after the STOP',
    false,
    [
      ['STOP', NOON],
      ['START', MS + 60_000],
    ],
  ],
  [
    'a STOP that comes twice, with START in between',
    false,
    [
      ['STOP', MS],
      ['START', MS + 9],
      ['STOP', MS],
    ],
  ],
  [
    'START between two STOPs that come in the other order',
    true,
    [
      ['STOP', MS + 9],
      ['STOP', MS],
      ['START', MS + 5],
    ],
  ],
] as const)('%s: blocked is %s', (_, blocked, reports) => {
  expect(isBlockedAfter(...reports.map(([keyword, at]): ['STOP' | 'START', number] => [keyword, at]))).toBe(
    blocked,
  );
});
