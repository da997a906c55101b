/** `kill -9` of the worker or the server where a call is in doubt. Every other moment: test/all/server/crash-*.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BRISK, devWorld } from '../support/dev-world.js';
import { testLives, TEXT } from '../support/crash.js';
import { blowAt, sample, TEMPORAL_POINTS, VENDOR_POINTS } from '../support/crash-points.js';
import { startWorkerProcess } from '../support/worker-process.js';

testLives([
  ...sample(VENDOR_POINTS).sampled.map(({ name, spot }) => ({
    name: `worker killed: ${name}`,
    life: () => ({ struck: 'worker' as const, ...blowAt(spot) }),
  })),
  ...sample(TEMPORAL_POINTS).sampled.map(({ name, spot }) => ({
    name: `server killed: ${name}`,
    life: () => ({ struck: 'server' as const, ...blowAt(spot) }),
  })),
]);

test('SIGTERM under load drains: no call is lost or made twice', async () => {
  const calls: string[] = [];
  const world = await devWorld({ latencyMs: 300, faults: { decide: ({ route }) => void calls.push(route) } });
  const first = await startWorkerProcess(world.env);
  const provisions = Array.from({ length: 20 }, (_, index) =>
    world.leasehold.provision({
      reference: `load-${index}`,
      messages: [{ ...TEXT, message: `Text ${index}` }],
      terminateAfterMessages: true,
      ...BRISK,
    }),
  );
  while (!calls.includes('POST /send/text')) await sleep(20);
  first.process.kill('SIGTERM');
  const second = await startWorkerProcess(world.env);
  expect(await first.exited).toMatchObject({ code: 0 });
  expect(first.lines.join('\n')).toContain('worker drained');
  const leases = await Promise.all(provisions);
  const results = await Promise.all(leases.map((lease) => lease.released()));
  expect(results.every(({ counts }) => counts.sent === 1)).toBe(true);
  const count = (route: string) => calls.filter((call) => call === route).length;
  expect(await world.entries('leased')).toHaveLength(20);
  expect(await world.entries('text')).toHaveLength(20);
  expect(count('POST /numbers/lease/{number}')).toBe(20);
  expect(count('POST /send/text')).toBe(20);
  await second.stop();
});
