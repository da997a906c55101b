/** A run that is frozen on purpose: commands, the metric and the errors of requests show it, and it can be freed again. */
import { expect, onTestFinished, test } from 'vitest';
import { newKey } from '../../../codec/keys.js';
import { NAMES } from '../../../domain/contract.js';
import { leaseId } from '../../../domain/ids.js';
import { choosePort } from '../../../embedded/ports.js';
import { commandsOf } from '../../support/commands.js';
import { BRISK, devWorld, until } from '../../support/dev-world.js';
import { startWorkerProcess } from '../../support/worker-process.js';

interface Listed {
  leases: { number: string; stalled?: string }[];
}

test('a run whose workflow tasks fail is shown as such, and goes on once the cause is gone', async () => {
  const keys = newKey('k1');
  const world = await devWorld({ keys });
  const metricsAddress = `127.0.0.1:${await choosePort({ what: 'a test' })}`;
  const metrics = async () => (await fetch(`http://${metricsAddress}/metrics`)).text();
  const startWorker = (env: Record<string, string>) => startWorkerProcess({ ...world.env, ...env }, 100_000);
  const first = await startWorker({ LEASEHOLD_METRICS_ADDRESS: metricsAddress });
  const frozen = await world.leasehold.provision({ reference: 'frozen', ...BRISK });
  const other = await world.leasehold.provision({ reference: 'other', ...BRISK });
  const { run, json } = commandsOf(world);
  expect((await run('doctor')).out).toContain('Runs: all make progress');

  // encrypted with a key that the worker does not have
  await world.client.workflowService.signalWorkflowExecution({
    namespace: world.namespace.name,
    workflowExecution: { workflowId: leaseId(frozen.number) },
    signalName: NAMES.deliveryReported,
    input: {
      payloads: [
        {
          metadata: { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('k2') },
          data: Buffer.from('x'),
        },
      ],
    },
  });
  const why = await until(
    'the workflow task has failed',
    () => frozen.whyStalled(),
    (it) => it !== undefined,
  );
  expect(why).toMatch(/^its workflow task has failed \d+ times since .+: .*the key "k2"/);
  expect(await other.whyStalled()).toBeUndefined();

  const { leases } = await json<Listed>('list');
  expect(leases.map(({ number, stalled }) => [number, stalled !== undefined])).toEqual([
    [other.number, false],
    [frozen.number, true],
  ]);
  expect((await run('list')).out).toContain(
    `${frozen.number} makes no progress: its workflow task has failed`,
  );
  // Temporal lists such runs by itself from server 1.30 on, after five failed tasks.
  const doctor = await until(
    'the doctor sees it',
    () => run('doctor'),
    ({ code }) => code === 1,
  );
  expect(doctor.out).toContain(`Runs: 1 make no progress. ${leaseId(frozen.number)}: its workflow task`);
  await expect(frozen.status()).rejects.toMatchObject({
    type: 'NoAnswer',
    message: expect.stringContaining('makes no progress: its workflow task has failed') as string,
  });
  await first.stop();

  const again = await startWorker({
    LEASEHOLD_METRICS_ADDRESS: metricsAddress,
    LEASEHOLD_TASK_QUEUE: 'of-others', // it only counts
  });
  await until('the metric shows it', metrics, (it) => /^leasehold_stalled_runs(\{.*\})? 1$/m.test(it));
  await again.stop();

  world.keys = `${keys},${newKey('k2')}`;
  const freed = await startWorker({});
  onTestFinished(() => freed.stop().then(() => undefined));
  await frozen.terminate();
  await frozen.released();
  expect(await frozen.whyStalled()).toBeUndefined();
});
