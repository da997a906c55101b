import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startCluster } from '../../embedded/cluster.js';
import { findTemporalCli } from '../../embedded/temporal-cli.js';

/** Starts a Temporal cluster on PostgreSQL in the development server's place; tests that kill a server keep one of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const cli = await findTemporalCli({ report });
  const dir = await mkdtemp(join(tmpdir(), 'leasehold-cluster-'));
  await chmod(dir, 0o755); // PostgreSQL may run as another user, who must get to its own folder below
  const cluster = await startCluster({ dir, port: 0, report });
  report(`Temporal: ${cluster.about}`);
  project.provide('devServer', { address: cluster.address, namespace: cluster.namespace, cli: cli.path });
  return async () => {
    await cluster.stop();
    await rm(dir, { recursive: true });
  };
}
