/** A lost worker is noticed by its missing heartbeat, after a quarter of a minute. */
import { expect, onTestFinished, test } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import { SPENDING_BOOK_ID } from '../../../domain/ids.js';
import type { SpendingFigures } from '../../../domain/spending.js';
import { hostActivities } from '../../../worker/index.js';
import { devWorld } from '../../support/dev-world.js';
import { WORKFLOW_BUNDLE } from '../../support/servers.js';

/** A book with activities of the test, which stand for those of a worker. */
async function bookWith(activities: object): Promise<(name: string) => Promise<SpendingFigures>> {
  const world = await devWorld();
  const { native: connection, name: namespace } = world.namespace;
  const { taskQueue } = world;
  const worker = await hostActivities({
    connection,
    namespace,
    taskQueue,
    activities,
    bundle: WORKFLOW_BUNDLE,
  });
  const running = worker.run();
  onTestFinished(async () => {
    worker.shutdown();
    await running;
  });
  const book = await world.client.workflow.start(NAMES.spendingBook, {
    workflowId: SPENDING_BOOK_ID,
    taskQueue,
  });
  return (name) => book.executeUpdate(name);
}

test('a worker that is lost in the middle of a count holds up nobody for longer than seconds', async () => {
  let attempts = 0;
  let end = (): void => undefined;
  const lost = new Promise<void>((resolve) => (end = resolve));
  const lease = { number: '+14155550100', runId: 'r', at: 1, tells: true };
  const update = await bookWith({
    surveyLeases: () => {
      attempts += 1;
      return attempts === 1 ? lost : Promise.resolve({ open: [lease] });
    },
    surveyHolders: () => Promise.resolve({ ended: [], killed: [] }),
  });
  const began = Date.now();
  expect((await update(NAMES.rebuild)).scopes[0]).toMatchObject({ leases: 1 });
  expect(attempts).toBe(2);
  expect(Date.now() - began).toBeLessThan(40_000);
  end();
});
