import { expect, test } from 'vitest';
import { ClockWatch, Soundness, SPOILT } from '../support/spoilt.js';

const DAY_MS = 86_400_000;

test.each([
  ['that days are skipped on', 90 * DAY_MS, false],
  ['that has run to the time limit of a run, ten years later', 3_650 * DAY_MS, true],
])('a clock %s: whether its server is spoilt', async (_, skippedMs, isSpoilt) => {
  const soundness = new Soundness();
  let now = Date.now();
  const clock = new ClockWatch(() => Promise.resolve(now), soundness);
  await clock.look();
  now += skippedMs;
  const looked = clock.look();
  if (isSpoilt) await expect(looked).rejects.toThrow(SPOILT);
  else await looked;
  expect(soundness.isSpoilt).toBe(isSpoilt);
});
