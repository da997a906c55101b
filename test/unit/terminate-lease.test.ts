/** A termination is two calls, and each of them needs a turn where the account may make only so many a second. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  terminateLeaseActivity,
  type Terminated,
  type TerminateLease,
} from '../../activities/terminate-lease.js';
import type { Read } from '../../domain/outcome.js';
import { createContiguity, Pace, type Contiguity } from '../../contiguity/index.js';
import { startSimulator, type Fault, type FaultPlan, type Simulator } from '../../simulator/index.js';
import { ROUTE } from '../support/plan.js';

const LEASES = 30;
const RETRY_AFTER_S = 4; // longer than a call waits for its turn
const PER_SECOND = 20;

let simulator: Simulator;
let api: Contiguity;
let fault: Fault | undefined;
beforeEach(async () => {
  fault = undefined;
  const faults: FaultPlan = { decide: ({ route }) => (route === ROUTE.read ? fault : undefined) };
  simulator = await startSimulator({ inventorySize: 6 * LEASES, faults });
  const pace = new Pace({ perSecond: PER_SECOND });
  api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey, pace });
});
afterEach(async () => {
  await api.close();
  await simulator.close();
});

async function leases(count = LEASES): Promise<TerminateLease[]> {
  const free = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  const { data } = await free.lease.available();
  const numbers = data.filter(({ requirements }) => requirements.length === 0).slice(0, count);
  const made = numbers.map(({ number }) => free.lease.create(number));
  const all = (await Promise.all(made)).map((answer) => answer.data.leaseId);
  await free.close();
  return numbers.map(({ number }, nth) => ({ number, leaseId: all[nth] ?? '', account: api.account }));
}

function terminateAll(all: TerminateLease[]): Promise<Read<Terminated>[]> {
  const shared = {
    api,
    now: Date.now,
    witness: { vouch: () => undefined },
    releaseTimes: { typical: () => undefined },
  };
  const terminate = terminateLeaseActivity(shared as never);
  const run = (lease: TerminateLease) =>
    new MockActivityEnvironment().run<[TerminateLease], Read<Terminated>, typeof terminate>(terminate, lease);
  return Promise.all(all.map(run));
}

test('one whose turn comes is read and called; one whose turn is too far away is neither', async () => {
  const all = await leases();
  const before = simulator.controls.calls();
  const answers = await terminateAll(all);
  const calls = simulator.controls.calls();
  const done = answers.filter((read) => read.answered).length;
  const back = answers.flatMap((read) => (read.answered ? [] : [read.call]));
  expect(done + back.length).toBe(all.length);
  expect(done).toBeGreaterThan(15); // two seconds of ten terminations
  expect(calls[ROUTE.terminate]).toBe(done);
  expect((calls[ROUTE.read] ?? 0) - (before[ROUTE.read] ?? 0)).toBe(done);
  expect(back.length).toBeGreaterThan(0);
  for (const { call, heldBack, neverSent, retryAfterMs = 0 } of back) {
    expect(call).toMatch(/^GET \/numbers\/\+\d+$/);
    expect({ heldBack, neverSent }).toEqual({ heldBack: true, neverSent: true });
    expect(retryAfterMs).toBeGreaterThan(2_000);
  }
});

test('one whose read was turned away does not go on with the turn that it has', async () => {
  const all = await leases(1);
  fault = { phase: 'before', status: 429 };
  await expect(api.lease.get(all[0]!.number)).rejects.toThrow(); // one that is alone would hold nothing up
  fault = { phase: 'before', status: 429, headers: { 'retry-after': `${RETRY_AFTER_S}` } };
  const [answer] = await terminateAll(all);
  expect(answer).toMatchObject({ answered: false, call: { status: 429 } });
  expect(simulator.controls.calls()[ROUTE.terminate]).toBeUndefined();
});
