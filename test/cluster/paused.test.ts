/** Temporal's own pause (server 1.30 and newer): a paused run is open everywhere. Stalled runs by Temporal's own list. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stalledRuns } from '../../client/stalled.js';
import { leaseId } from '../../domain/ids.js';
import { startCluster } from '../../embedded/cluster.js';
import { commandsOf } from '../support/commands.js';
import { BRISK, DevWorld, until } from '../support/dev-world.js';

test('a paused run is open: it is listed, counted, owned, and its number is leased to nobody else', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'leasehold-paused-'));
  await chmod(dir, 0o755); // PostgreSQL may run as another user, who must get to its own folder below
  const settings = { 'frontend.WorkflowPauseEnabled': true };
  const cluster = await startCluster({ dir, port: 0, report: () => undefined, settings });
  onTestFinished(async () => {
    await cluster.stop();
    await rm(dir, { recursive: true });
  });
  const world = await DevWorld.open({ address: cluster.address, limits: { account: { maxLeases: 1 } } });
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'paused', ...BRISK });
  const { name: namespace } = world.namespace;
  const { workflowService } = world.client;
  const run = { namespace, workflowId: leaseId(lease.number), identity: 'test' };
  await workflowService.pauseWorkflowExecution({ ...run, reason: 'test', requestId: 'pause' });
  const { run: command } = commandsOf(world);
  const { out } = await until(
    'it is listed as paused',
    () => command('list'),
    (it) => it.out.includes('stalled'),
  );
  expect(out).toContain(`${lease.number} makes no progress: paused`);
  expect(await stalledRuns(world.client)).toMatchObject({ runs: [{ workflowId: leaseId(lease.number) }] });
  expect((await command('doctor')).out).toContain(
    `Runs: 1 make no progress. ${leaseId(lease.number)}: it is paused`,
  );

  const { counts, findings } = await world.leasehold.reconcile({ confirmAfter: '1s' });
  expect(findings).toEqual([]);
  expect(counts).toMatchObject({ leased: 1, owned: 1 });
  expect((await world.leasehold.rebuildLimits()).scopes[0]).toMatchObject({ leases: 1 });
  await expect(world.leasehold.provision({ reference: 'other', ...BRISK })).rejects.toMatchObject({
    type: 'LimitExceeded',
  });
  await expect(
    world.leasehold.provision({ reference: 'same number', number: lease.number, ...BRISK }),
  ).rejects.toMatchObject({ type: 'NumberUnavailable' });
  await expect(lease.status()).rejects.toThrow();

  await workflowService.unpauseWorkflowExecution({ ...run, reason: 'test', requestId: 'unpause' });
  await lease.terminate();
  await lease.released();
  await world.close();
}, 240_000);
