/** What only a real server limits: 2 MB for an input, 50 MB for a history, of which it says when it wants a new run. */
import { expect, test } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import { leaseId, provisionId } from '../../../domain/ids.js';
import { BRISK, devWorld, until } from '../../support/dev-world.js';
import { historySizes } from '../../support/histories.js';
import { Plan, ROUTE } from '../../support/plan.js';

/** As many texts as one request may bring along. */
const messages = Array.from({ length: 138 }, (_, index) => ({
  id: `m${index}`,
  to: '+12025550123',
  message: `${index} `.padEnd(5_000, 'x'),
}));

test('a lease with as many texts as may wait goes on in a new run with all of them', async () => {
  const world = await devWorld();
  await world.work();
  const pacing = { perSecond: 0.5, burst: 1 };
  const lease = await world.leasehold.provision({ reference: 'full', messages, pacing, ...BRISK });
  const run = world.run(lease.number);
  const first = await run.describe();
  // A webhook that says far more than it should makes the history large.
  const report = { messageId: 'text_unknown', delivered: true, error: 'x'.repeat(450_000) };
  for (let nth = 0; nth < 9; nth += 1) await run.signal(NAMES.deliveryReported, report);
  const { runId } = await until(
    'it goes on',
    () => run.describe(),
    ({ runId: now }) => now !== first.runId,
  );
  expect((await run.describe()).status.name).toBe('RUNNING');
  const { sent, queued } = (await lease.status()).counts;
  expect(sent + queued).toBe(messages.length);
  const known = await until(
    'one more text',
    () => lease.status(),
    ({ counts }) => counts.sent > sent,
  );
  expect(known.state).toBe('active');
  await lease.terminate();
  const { counts } = await lease.released();
  expect(counts).toMatchObject({ queued: 0, unknown: 0, refused: messages.length - counts.sent });
  expect(await world.entries('text')).toHaveLength(counts.sent);
  const sizes = await historySizes(world.client, { workflowId: leaseId(lease.number), runId: first.runId });
  expect(sizes.map((size) => size.runId)).toEqual([first.runId, runId]);
});

test('a provision with many texts goes on in new runs while number after number is refused', async () => {
  const faults = new Plan();
  const world = await devWorld({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', status: 400 }, 12);
  const provision = await world.leasehold.startProvision({ reference: 'picky', messages, ...BRISK });
  const { number } = await provision.result();
  expect((await provision.status()).candidates).toHaveLength(13);
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number }]);
  const sizes = await historySizes(world.client, {
    workflowId: provisionId('picky'),
    runId: provision.runId,
  });
  expect(sizes.length).toBeGreaterThan(1);
  for (const { bytes } of sizes) expect(bytes).toBeLessThan(7_000_000);
});
