import { test as base } from 'vitest';
import { timeSkippingServer, World, type WorldOptions } from './harness.js';

/**
 * `test` with a world of its own: `open()` gives it, and it is closed when the test ends, which replays every run
 * that was started. The tests of a file share one time-skipping server.
 */
export const test = base
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await timeSkippingServer();
    onCleanup(() => server.close());
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
