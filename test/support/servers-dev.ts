import type { TestProject } from 'vitest/node';
import { describeCli, findTemporalCli } from '../../embedded/temporal-cli.js';
import { startDevServer } from '../../embedded/temporal-server.js';
import { report } from './tell.js';

/** Starts one Temporal server for all tests of the tier: they keep apart by ids and task queues of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cli = await findTemporalCli({ report });
  report(describeCli(cli));
  const server = await startDevServer({ cli: cli.path, port: 0, uiPort: false });
  project.provide('devServer', { address: server.address, namespace: server.namespace, cli: cli.path });
  return () => server.stop();
}
