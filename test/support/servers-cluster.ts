import type { TestProject } from 'vitest/node';
import { startTemporaryCluster } from '../../embedded/cluster.js';
import { findTemporalCli } from '../../embedded/temporal-cli.js';
import { report } from './tell.js';

/** Starts a Temporal cluster on PostgreSQL in the development server's place; tests that kill a server keep one of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cli = await findTemporalCli({ report });
  const cluster = await startTemporaryCluster({ report });
  report(`Temporal: ${cluster.about}`);
  project.provide('devServer', { address: cluster.address, namespace: cluster.namespace, cli: cli.path });
  return () => cluster.stop();
}
