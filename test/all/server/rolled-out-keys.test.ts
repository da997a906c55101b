/** Keys reach one worker after the other: a task that fails at one is tried again by another after ten seconds. */
import { expect, onTestFinished, test } from 'vitest';
import { connectToTemporal } from '../../../client/connection.js';
import { Leasehold } from '../../../client/index.js';
import { stalledRun } from '../../../client/stalled.js';
import { newKey } from '../../../codec/keys.js';
import { leaseId } from '../../../domain/ids.js';
import { BRISK, devWorld, until } from '../../support/dev-world.js';
import { Plan, ROUTE } from '../../support/plan.js';
import { startWorkerProcess } from '../../support/worker-process.js';

const TO = '+12025550123';

test('a worker without keys leaves an encrypted result to one that has them, and the run replays', async () => {
  const keys = newKey('k1');
  const faults = new Plan();
  const world = await devWorld({ faults });
  const stop = await world.work();
  const { number } = await world.leasehold.provision({ reference: 'rollout', ...BRISK });
  await stop(); // from here on the keys are rolled out
  world.keys = keys;
  const temporal = await connectToTemporal({ env: world.env });
  onTestFinished(() => temporal.connection.close());
  const lease = new Leasehold(temporal, { taskQueue: world.taskQueue }, {}).lease(number);
  const first = await startWorkerProcess(world.env);
  faults.on(ROUTE.send, { phase: 'answering', delayMs: 1_500 });
  const text = { id: 'm1', to: TO, message: 'Hello' };
  const sending = world.leasehold.lease(number).send(text); // not encrypted: the result is what is first
  sending.catch(() => undefined);
  await until(
    'the text is on its way',
    () => Promise.resolve(world.simulator.controls.calls()[ROUTE.send] ?? 0),
    (calls) => calls === 1,
  );
  const stopWithoutKeys = await world.work();
  await first.stop(); // its activity's result goes to the other worker
  const isStalled = () => stalledRun(world.client, { workflowId: leaseId(number) });
  await until('the other worker fails the task', isStalled, (stalled) => stalled !== undefined);
  await stopWithoutKeys();
  const second = await startWorkerProcess(world.env);
  onTestFinished(() => second.stop().then(() => undefined));
  expect(await lease.send(text)).toMatchObject({ id: 'm1', outcome: 'sent' });
  expect((await lease.status()).log.filter(({ text: entry }) => entry.includes('in doubt'))).toEqual([]);
  await lease.terminate();
  await lease.released();
  expect(await world.entries('text')).toHaveLength(1);
});
