/**
 * What a short life may cost on a real server: counts, which are the same on every machine. A long termination's are
 * in test/all/inprocess/budgets.test.ts, and how long things take is measured by `npm run bench`.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { countHistories } from '../../bench/history-counts.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { BRISK, devWorld } from '../support/dev-world.js';
import { WORKFLOW_BUNDLE } from '../support/servers.js';

const MIB = 1_024 ** 2;

test('a whole life keeps to its actions, events and API calls', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({
    reference: 'one-shot',
    messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
    terminateAfterMessages: true,
    ...BRISK,
  });
  await lease.released();
  const ids = [provisionId('one-shot'), leaseId(lease.number)];
  const histories = await Promise.all(ids.map((id) => world.client.workflow.getHandle(id).fetchHistory()));
  const { actions, events } = countHistories(histories);
  // 15 and 63, and one look more where the machine is slow.
  expect(actions).toBeLessThanOrEqual(17);
  expect(events).toBeLessThanOrEqual(71);
  for (const { events: all } of histories)
    expect(all?.some((event) => event.markerRecordedEventAttributes)).toBe(false);
  const calls = Object.values(world.simulator.controls.calls());
  expect(calls.reduce((total, count) => total + count, 0)).toBeLessThanOrEqual(9);
});

test('the workflow bundle has in it only what workflows need', async () => {
  const bundle = await readFile(WORKFLOW_BUNDLE, 'utf8');
  expect(bundle.length).toBeLessThanOrEqual(2.75 * MIB);
  // Every run loads the modules anew: these are large, and one import of a constant beside them brings them in.
  for (const tooLarge of ['temporal-polyfill', 'zod'])
    expect(bundle).not.toContain(`node_modules/${tooLarge}/`);
});
