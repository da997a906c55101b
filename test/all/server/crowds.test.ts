/** Many at once: what is true of a few callers is true of a crowd. */
import { expect, test } from 'vitest';
import { timeOf } from '../../../bench/history-counts.js';
import { leaseId, provisionId } from '../../../domain/ids.js';
import { failureOf, releaseAll, times } from '../../support/crowd.js';
import { BRISK, devWorld, type DevWorld } from '../../support/dev-world.js';

test('100 sends at once on one number each go out once', async () => {
  const world = await devWorld();
  await world.work();
  const pacing = { perSecond: 100, burst: 100 };
  const lease = await world.leasehold.provision({ reference: 'campaign', pacing, ...BRISK });
  const answers = await times(100, (index) =>
    lease.send({ id: `m${index}`, to: '+12025550123', message: `Text ${index}` }),
  );
  expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(100);
  const texts = (await world.entries('text')).map(({ message }) => message);
  expect(texts).toHaveLength(100);
  expect(new Set(texts).size).toBe(100);
  const again = await lease.send({ id: 'm7', to: '+12025550123', message: 'Text 7' });
  expect(again).toEqual(answers[7]);
  expect((await lease.status()).counts).toMatchObject({ sent: 100, queued: 0 });
  await releaseAll(world);
});

test('50 provisions at once take the 50 numbers there are, one each', async () => {
  const world = await devWorld({
    inventorySize: 120,
    entitlements: { imessage: true, whatsapp: true, enterprise: true },
  });
  for (const number of (await world.available()).slice(50)) {
    world.simulator.controls.setNumberStatus(number, 'unavailable');
  }
  await world.work();
  const leases = await times(50, (index) =>
    world.leasehold.provision({ reference: `one-of-50-${index}`, ...BRISK }),
  );
  expect(new Set(leases.map(({ number }) => number)).size).toBe(50);
  const none = await failureOf(world.leasehold.provision({ reference: 'one-too-many', ...BRISK }));
  expect(none.type).toBe('NoNumberAvailable');
  expect(await world.entries('leased')).toHaveLength(50);
  await releaseAll(world);
});

test('a run that has a number goes before a crowd of searches that came before it', async () => {
  const CROWD = 100;
  const world = await devWorld();
  const stop = await world.work();
  const lease = await world.leasehold.provision({ reference: 'first', ...BRISK });
  await stop();
  await times(CROWD, (nth) => world.leasehold.startProvision({ reference: `crowd-${nth}`, ...BRISK }));
  const terminating = lease.terminate();
  const since = Date.now();
  await world.work();
  await terminating;
  const crowd = await times(CROWD, (nth) => firstTask(world, provisionId(`crowd-${nth}`), since));
  const own = await firstTask(world, leaseId(lease.number), since);
  expect(crowd.filter((at) => at < own).length).toBeLessThan(CROWD / 2);
});

/** When the first workflow task of a run from that instant on was taken by a worker. */
async function firstTask(world: DevWorld, workflowId: string, since: number): Promise<number> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const taken = (events ?? []).filter(({ workflowTaskStartedEventAttributes: it }) => it);
  return taken.map(timeOf).find((at) => at >= since) ?? Number.POSITIVE_INFINITY;
}
