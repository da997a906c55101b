import { expect } from 'vitest';
import { leaseId } from '../../domain/ids.js';
import { test } from '../support/fixture.js';
import { longest } from '../support/histories.js';
import { tell } from '../support/tell.js';

const HOUR_MS = 3_600_000;
const DAYS = 90;

test('a release that is polled for ninety days stays within the limits of a history', async ({ open }) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const lease = await world.leased({ reference: 'endless' });
  const { runId } = await lease.handle.describe();
  await lease.terminate();
  for (let hours = 0; hours < DAYS * 24; hours += 12) await world.server.sleep(12 * HOUR_MS);
  world.simulator.controls.setTermination({ minMs: 1_000, maxMs: 1_000 });
  const result = await lease.result();
  expect(result).toMatchObject({ reference: 'endless', releasedBy: 'us' });

  const run = { workflowId: leaseId(lease.number), runId };
  const { runs, events, bytes } = await longest(world.server.client, run);
  tell(
    `${DAYS} days: ${result.polls} polls in ${runs} runs; the longest history has ${events} events, ${bytes} bytes`,
  );
  expect(result.polls).toBeGreaterThan(DAYS * 24 * 5);
  expect(events).toBeLessThan(5_000); // Temporal warns at 10,240 and ends a run at 51,200
  expect(bytes).toBeLessThan(5 * 1024 * 1024); // and at 10 and 50 MB
});
