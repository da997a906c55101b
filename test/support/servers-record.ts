import type { TestProject } from 'vitest/node';
import { describeCli, findTemporalCli } from '../../embedded/temporal-cli.js';
import { startDevServer } from '../../embedded/temporal-server.js';
import { report } from './tell.js';

/** A server that wants a new run so early that a recorded history of one is still short. */
const SETTINGS = ['limit.historyCount.suggestContinueAsNew=120'];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cli = await findTemporalCli({ report });
  report(describeCli(cli));
  const server = await startDevServer({ cli: cli.path, port: 0, uiPort: false, settings: SETTINGS });
  project.provide('devServer', { address: server.address, namespace: server.namespace, cli: cli.path });
  return () => server.stop();
}
