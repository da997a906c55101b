import { expect } from 'vitest';
import { test } from '../../support/fixture.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HALF_AN_HOUR = { minMs: 30 * MINUTE_MS, maxMs: 30 * MINUTE_MS };
const NEW_KEY = 'contiguity_sk_rotated';

test('a search waits for nobody: a revoked key ends the request that leased nothing yet', async ({
  open,
}) => {
  const world = await open({ takeOvers: true });
  await world.work();
  world.simulator.controls.setKey(NEW_KEY);
  const provision = await world.start({ reference: 'nothing-yet' });
  await expect(provision.result()).rejects.toMatchObject({ cause: { type: 'Unauthorized' } });
});

test('a new key that shows nothing of what was held is not believed until a person vouches for it', async ({
  open,
}) => {
  const world = await open({ takeOvers: true, termination: HALF_AN_HOUR });
  const stop = await world.work();
  const lease = await world.leased({ reference: 'vanished' });
  await lease.terminate();
  // A worker that stops may take a call with it, which then times out in the middle of the hour below.
  await world.later('a look for the release', SECOND_MS, async () => (await lease.status()).polls > 0);
  await stop();
  world.simulator.controls.reset();
  world.simulator.controls.setKey(NEW_KEY);
  await world.work(NEW_KEY);
  await world.server.sleep(60 * MINUTE_MS);
  const doubted = await lease.status();
  expect(doubted).toMatchObject({
    state: 'attention',
    attention: { message: expect.stringContaining('same account?') as string },
  });
  expect(doubted.log.filter(({ text }) => text.startsWith('attention'))).toHaveLength(1);
  await lease.update('terminate', { sameAccount: true });
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
});
