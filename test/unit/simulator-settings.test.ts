import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startSimulator, type SimulatorOptions } from '../../simulator/index.js';

it.each<[SimulatorOptions, string]>([
  [{ apiKey: 'secret' }, 'apiKey: must start with contiguity_sk_'],
  [{ seed: 1.5 }, 'seed: must be a whole number'],
  [{ inventorySize: -1 }, 'inventorySize: must be 0 to 50000'],
  [{ inventorySize: 50_001 }, 'inventorySize: must be 0 to 50000'],
  [{ latencyMs: -1 }, 'latencyMs: must be milliseconds, 0 or more'],
  [{ deliveryMs: Number.NaN }, 'deliveryMs: must be milliseconds, 0 or more'],
  [{ historyLagMs: -5 }, 'historyLagMs: must be milliseconds, 0 or more'],
  [{ termination: { minMs: 2, maxMs: 1 } }, 'termination: maxMs must not be below minMs'],
])('names the option that is wrong: %j', async (options, line) => {
  const failed = await startSimulator(options).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect((failed as Error).message).toContain(line);
  expect((failed as Error).message).not.toContain('secret');
});

it('says that a port is in use, and how to go on', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(startSimulator({ port })).rejects.toThrow(
    `port ${port} is in use; give another one with --port, or 0 for any free one`,
  );
});
