/** `kill -9` of the database and of the server on it: what was committed is there when they come back. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCluster, type Cluster } from '../../embedded/cluster.js';
import { TEXT } from '../support/crash.js';
import { BRISK, DevWorld, until } from '../support/dev-world.js';
import { tell } from '../support/tell.js';
import { startWorkerProcess } from '../support/worker-process.js';

const LEASES = 5;
const report = (): void => undefined;

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'leasehold-outage-'));
  await chmod(dir, 0o755); // PostgreSQL may run as another user, who must get to its own folder below
  return dir;
}

test(
  'leases outlive the death of PostgreSQL and of the server, under a worker that lives on',
  async () => {
    const dir = await folder();
    let cluster: Cluster = await startCluster({ dir, port: 0, report });
    onTestFinished(async () => {
      await cluster.stop();
      await rm(dir, { recursive: true });
    });
    const world = await DevWorld.open({ address: cluster.address });
    const worker = await startWorkerProcess(world.env);
    const references = Array.from({ length: LEASES }, (_, nth) => `outage-${nth}`);
    const leases = await Promise.all(
      references.map((reference) => world.leasehold.provision({ reference, ...BRISK })),
    );
    const sent = leases.map((lease) => lease.send(TEXT).catch(() => undefined));
    const killedAt = Date.now();
    process.kill(cluster.postgresPid, 'SIGKILL');
    process.kill(cluster.pid, 'SIGKILL');
    await cluster.exited;
    cluster = await startCluster({ dir, port: Number(cluster.address.split(':')[1]), report });
    const seconds = (): string => ((Date.now() - killedAt) / 1_000).toFixed(1);
    tell(`the server serves again ${seconds()} s after both were killed`);
    await Promise.all(sent);

    for (const lease of leases) {
      await until(
        'it answers again',
        () => lease.send(TEXT).catch(() => undefined), // the same id: it is not sent twice
        (answer) => answer?.outcome === 'sent',
      );
      await lease.terminate({ reason: 'the outage is over' });
    }
    await Promise.all(leases.map((lease) => lease.released()));
    tell(`all leases are served and released ${seconds()} s after the kill`);
    expect(worker.isRunning()).toBe(true);
    await worker.stop();
    expect(await world.entries('leased')).toHaveLength(LEASES);
    expect(await world.entries('text')).toHaveLength(LEASES);
    expect(await world.entries('released')).toHaveLength(LEASES);
    await world.close();
  },
  5 * 60_000,
);
