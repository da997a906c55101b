/** The Schedule that looks for what nobody owns, as long as nobody deletes it. */
import { expect, onTestFinished, test } from 'vitest';
import type { ReconcilePass, ReconcileSchedule } from '../../../client/index.js';
import type { ReconcileLeases } from '../../../client/reconcile.js';
import { RECONCILE_SCHEDULE_ID } from '../../../domain/ids.js';
import type { ReconcileReport } from '../../../domain/reconciliation.js';
import { choosePort } from '../../../embedded/ports.js';
import { commandsOf } from '../../support/commands.js';
import { devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { startWorkerProcess } from '../../support/worker-process.js';

/** These tests wait in real time. */
const QUICK = ['--confirm-after', '1s', '--settle-window', '1s'];

test('a Schedule reports an orphan made by hand within one period, and keeps what it found', async () => {
  const world = await devWorld();
  const metricsAddress = `127.0.0.1:${await choosePort({ what: 'a test' })}`;
  const worker = await startWorkerProcess({ ...world.env, LEASEHOLD_METRICS_ADDRESS: metricsAddress });
  onTestFinished(() => worker.stop().then(() => undefined));
  const { run, json } = commandsOf(world);
  expect((await run('reconcile', '--last')).err).toMatch(/nothing is scheduled/);
  const every = ['--every', '5s', '--confirm-after', '1s'];
  expect(await json('reconcile', ...every)).toMatchObject({
    every: '5s',
    paused: false,
    request: { confirmAfter: '1s' },
  });
  await until('the first pass', lastOf(world), (last) => last?.report !== undefined);
  expect((await run('reconcile', '--last')).out).toMatch(
    /nothing found\.\nEvery 5s, orphans: report, unclaimed: report, ghosts: report; next at/,
  );

  const [number = ''] = await world.available();
  const leaseId = await world.simulator.controls.leaseByHand(number);
  const leasedAt = (await world.entries('leased'))[0]!.at;
  await until('it is reported', lastOf(world), (last) => last?.report?.counts.orphan === 1);
  const passes = await passesSince(world, leasedAt);
  expect(passes[0]?.findings).toMatchObject([{ kind: 'orphan', number, leaseId }]); // by the first one to begin
  const told = await run('reconcile', '--last');
  expect(told.code).toBe(3);
  expect(told.out).toContain(number);
  expect((await world.simulator.controls.ledger()).open).toHaveLength(1);
  const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  expect(metrics).toMatch(/^leasehold_orphans(\{.*\})? 1$/m);
  expect(metrics).toMatch(/^leasehold_leased(\{.*\})? 1$/m);
  expect(metrics).toMatch(/^leasehold_ghosts(\{.*\})? 0$/m);
  await world.leasehold.deleteReconcile();
});

test('a Schedule becomes what is asked now: adopts, rests while it is paused, gives back, and can be deleted', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const [number = '', other = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await run('reconcile', '--every', '5s', ...QUICK);
  await run('reconcile', '--every', '6s', '--policy', 'adopt', ...QUICK);
  await until('it has an owner', stateOf(world, number), (state) => state === 'active');

  const paused = await run('reconcile', '--pause');
  expect(paused.out).toMatch(/^Every 6s, orphans: adopt, .*paused/);
  await until(
    'none is under way',
    async () => (await schedule(world))?.runningSince,
    (since) => !since,
  );
  await world.run(number).terminate('by hand');
  const terminate = ['--policy', 'terminate', '--delay', '1s', '--ignore', other, ...QUICK];
  expect(await json('reconcile', '--every', '5s', ...terminate)).toMatchObject({ paused: true, every: '5s' });
  await world.simulator.controls.leaseByHand(other);
  await run('reconcile', '--resume');
  await until(
    'it is gone',
    async () => (await world.simulator.controls.ledger()).open,
    (open) => open.length === 1,
  );
  expect(await world.run(number).result()).toMatchObject({
    releasedBy: 'us',
    reference: `unowned/${number}`,
  });
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number: other, by: 'hand' }]);

  expect(await run('reconcile', '--delete')).toMatchObject({ code: 0 });
  expect(await schedule(world)).toBeUndefined();
  for (const mode of ['--delete', '--pause', '--resume'])
    expect(await run('reconcile', mode)).toMatchObject({ code: 2 });
});

function schedule(world: DevWorld): Promise<ReconcileSchedule | undefined> {
  return world.leasehold.reconcileSchedule();
}

function lastOf(world: DevWorld): () => Promise<ReconcilePass | undefined> {
  return async () => (await schedule(world))?.last;
}

function stateOf(world: DevWorld, number: string): () => Promise<string | undefined> {
  return async () => {
    const status = await world.leasehold
      .lease(number)
      .status()
      .catch(() => undefined);
    return status?.state;
  };
}

/** Reports of the passes that the Schedule began after an instant, in their order. */
async function passesSince(world: DevWorld, at: number): Promise<ReconcileReport[]> {
  const { info } = await world.client.schedule.getHandle(RECONCILE_SCHEDULE_ID).describe();
  const ended = info.recentActions.filter(({ takenAt }) => takenAt.getTime() > at);
  return Promise.all(
    ended.map(({ action: { workflow } }) => {
      const { workflowId, firstExecutionRunId } = workflow;
      return world.client.workflow.getHandle<ReconcileLeases>(workflowId, firstExecutionRunId).result();
    }),
  );
}
