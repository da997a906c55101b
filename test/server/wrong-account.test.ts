import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LeaseStatus } from '../../domain/contract.js';
import { BRISK, devWorld, until } from '../support/dev-world.js';

test('an account that has forgotten everything is not believed: no run ends', async () => {
  const world = await devWorld({ termination: { minMs: 3_600_000, maxMs: 3_600_000 } });
  const stop = await world.work();
  const ending = await world.leasehold.provision({ reference: 'ending', ...BRISK });
  await world.leasehold.provision({ reference: 'active', ...BRISK });
  await ending.terminate();
  await stop();
  world.simulator.controls.reset(); // the same address and the same key, and nothing is leased any more
  await world.work();
  const status = () => world.run(ending.number).query<LeaseStatus>('status');
  const doubted = await until('somebody is told', status, ({ state }) => state === 'attention');
  expect(doubted.attention?.message).toContain('is this the right account?');
  await sleep(5_000);
  expect((await status()).state).toBe('attention');
  expect((await world.run(ending.number).describe()).status.name).toBe('RUNNING');
});
