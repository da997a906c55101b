import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchTimeSkippingServer, sleepUnheld } from '../../simulation/time-skipping.js';
import { timeSkippingProgram } from '../support/servers.js';

const HOUR_MS = 3_600_000;
const HELD_AFTER_MS = 1_000;

let env: TestWorkflowEnvironment;
let told: string[];

beforeAll(async () => {
  env = await launchTimeSkippingServer(timeSkippingProgram());
});
afterAll(() => env.teardown());
beforeEach(() => {
  told = [];
});

const holdClock = () => env.connection.testService?.lockTimeSkipping({});
const sleep = (milliseconds: number, isIdle: () => boolean) =>
  sleepUnheld(env, milliseconds, {
    isIdle,
    report: (line) => told.push(line),
    heldAfterMs: HELD_AFTER_MS,
  });

it('skips an hour in no time where nobody holds the clock, and says nothing', async () => {
  const before = await env.currentTimeMs();
  await sleep(HOUR_MS, () => true);
  expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(before + HOUR_MS);
  expect(told).toEqual([]);
});

it('frees the clock from as many holders as are gone', async () => {
  await holdClock();
  await holdClock();
  await sleep(HOUR_MS, () => true);
  expect(told).toHaveLength(2);
});

it('lets the clock be held for as long as something is under way', async () => {
  await holdClock();
  await sleep(3 * HELD_AFTER_MS, () => false);
  expect(told).toEqual([]);
  await env.connection.testService?.unlockTimeSkipping({});
});
