/** `temporal workflow reset` takes a run's history back; what the vendor did meanwhile stays. */
import { expect, test } from 'vitest';
import { leaseId } from '../../domain/ids.js';
import { BRISK, devWorld, type DevWorld } from '../support/dev-world.js';
import { resetRun } from '../support/reset.js';

/** Of the run that the reset began. */
async function runStatus(world: DevWorld, number: string): Promise<string> {
  return (await world.run(number).describe()).status.name;
}

test('a lease run that is reset to its first task keeps its number until an operator says whose it is', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'reset', ...BRISK });
  const [before] = (await world.simulator.controls.ledger()).open;
  await resetRun(world, leaseId(lease.number));

  await expect
    .poll(async () => (await lease.status()).attention?.kind, { timeout: 60_000, interval: 500 })
    .toBe('disputed');
  const held = { decision: 'ours', leaseId: before!.leaseId, by: 'test' } as const;
  await lease.resolve(held);
  await expect
    .poll(async () => (await lease.status()).state, { timeout: 60_000, interval: 500 })
    .toBe('active');
  expect((await world.simulator.controls.ledger()).open).toMatchObject([
    { number: lease.number, leaseId: before!.leaseId },
  ]);
  expect(await world.entries('leased')).toHaveLength(1);
  await lease.terminate();
  await expect
    .poll(() => runStatus(world, lease.number), { timeout: 60_000, interval: 500 })
    .toBe('COMPLETED');
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});
