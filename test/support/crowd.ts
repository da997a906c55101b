import { expect } from 'vitest';
import { LeaseholdError } from '../../client/index.js';
import type { DevWorld } from './dev-world.js';

/** `work` so many times at once. */
export const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Terminates every open lease and waits for its release. */
export async function releaseAll(world: DevWorld): Promise<void> {
  const { open } = await world.simulator.controls.ledger();
  await Promise.all(
    open.map(async ({ number }) => {
      const lease = world.leasehold.lease(number);
      await lease.terminate();
      await lease.released();
    }),
  );
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
}

export async function failureOf(work: Promise<unknown>): Promise<LeaseholdError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LeaseholdError) return error;
  throw new Error(`expected a LeaseholdError, got ${String(error)}`);
}
