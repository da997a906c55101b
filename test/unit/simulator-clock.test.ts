/** The clock that a simulator is handed: it may be a server that answers slowly, and out of order. */
import { expect, it } from 'vitest';
import type { FaultedCall } from '../../simulator/index.js';
import { Simulated } from '../support/simulated.js';

const START = Date.UTC(2026, 0, 1);

it('is asked once a call', async () => {
  let asked = 0;
  const clock = { now: () => START + (asked += 1) };
  const simulated = await Simulated.open({ clock });
  const [number = ''] = await simulated.plain();
  await simulated.lease(number);
  await simulated.get(number);
  await simulated.send(number);
  await simulated.terminate(number);
  expect(asked).toBe(5);
});

it('is asked once more where a call was held up', async () => {
  let asked = 0;
  const clock = { now: () => START + (asked += 1) };
  const faults = { decide: () => ({ phase: 'before', delayMs: 1, status: 503 }) as const };
  const { body } = await (await Simulated.open({ clock, faults })).call('GET /numbers/leases');
  expect(body['timestamp']).toBe(START + 2);
});

it('never goes back, also when its answers overtake each other', async () => {
  const answers: ((now: number) => void)[] = [];
  const clock = { now: () => new Promise<number>((resolve) => answers.push(resolve)) };
  const calls: FaultedCall[] = [];
  const decide = (call: FaultedCall) => {
    calls.push(call);
    return undefined;
  };
  const simulated = await Simulated.open({ clock, faults: { decide } });
  const first = simulated.call('GET /numbers/leases');
  await expect.poll(() => answers.length).toBe(1);
  const second = simulated.call('GET /numbers/leases');
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.(START + 1_000);
  await second;
  answers[0]?.(START);
  await first;
  // The second call is still the second one: calls are counted as they come in.
  expect(calls.map(({ nth, at }) => [nth, at - START])).toEqual([
    [2, 1_000],
    [1, 1_000],
  ]);
});
