import { test as base } from 'vitest';
import { timeSkippingServer, World, type Server, type WorldOptions } from './harness.js';

/**
 * `test` with a world of its own: `open()` gives it, and it is closed when the test ends, which replays every run
 * that was started. The tests of a fork share one time-skipping server; one that spoils a test is replaced, and vitest
 * plays the test again.
 */
export const test = base
  .extend('shared', { scope: 'worker' }, ({}, { onCleanup }) => {
    const shared: { server?: Server } = {};
    onCleanup(() => shared.server?.close());
    return shared;
  })
  .extend('server', async ({ shared, onTestFinished }) => {
    if (shared.server?.soundness?.isSpoilt) {
      await shared.server.close();
      delete shared.server;
    }
    const server = (shared.server ??= await timeSkippingServer());
    onTestFinished(() => server.soundness?.assert()); // not at clean-up, which would stop there
    return server;
  })
  .extend('open', ({ server }, { onCleanup }) => {
    const worlds: World[] = [];
    onCleanup(async () => {
      for (const world of worlds) await world.close();
    });
    return async (options?: WorldOptions): Promise<World> => {
      const world = await World.open(server, options);
      worlds.push(world);
      return world;
    };
  });
