/**
 * Runs that are asked for their status and told to end, over and over, while they read. With reads as local activities such a
 * run gets a history that does not replay (decision 21), and `devWorld` replays every run in the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import { BRISK, devWorld } from '../../support/dev-world.js';
import { Plan, ROUTE } from '../../support/plan.js';

const LEASES = 16;
const SLOW = { minMs: 150, spreadMs: 300 };
const TERMINATION = { minMs: 9_000, maxMs: 10_000 };
const TOLD_FOR_MS = 8_000;

test('a run that is asked and told while it looks goes on from its history', async () => {
  let reads = 0;
  const slowly = () => {
    reads += 1;
    return { phase: 'before', delayMs: SLOW.minMs + ((reads * 137) % SLOW.spreadMs) } as const;
  };
  const faults = new Plan().on(ROUTE.read, slowly, Infinity);
  const world = await devWorld({ faults, termination: TERMINATION });
  await world.work();
  const references = Array.from({ length: LEASES }, (_, nth) => `order-${nth}`);
  const request = { criteria: { country: 'US' }, ...BRISK };
  const leases = await Promise.all(
    references.map((reference) => world.leasehold.provision({ reference, ...request })),
  );

  const over = Date.now() + TOLD_FOR_MS;
  const tell = async (number: string, nth: number) => {
    const run = world.run(number);
    let told = 0;
    while (Date.now() < over) {
      for (let asked = 0; asked < 2; asked += 1) void run.query(NAMES.status).catch(() => undefined);
      const args = [{ grace: 'none' }] as [object];
      await run.executeUpdate(NAMES.terminate, { args }).then(
        () => (told += 1),
        () => undefined, // it may be over by now
      );
      await sleep(5 + ((nth * 37) % 60));
    }
    return told;
  };
  const told = await Promise.all(leases.map(({ number }, nth) => tell(number, nth)));
  expect(Math.min(...told)).toBeGreaterThan(1);
  for (const lease of leases) expect(await lease.released()).toMatchObject({ releasedBy: 'us' });
});
