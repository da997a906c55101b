/** `npm run cluster`: a Temporal cluster on PostgreSQL until Ctrl-C; see docs/cluster.md. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { parsePort } from '../client/cli/command.js';
import { startCluster } from './cluster.js';
import { CLUSTER, stackFolder } from './endpoints.js';
import { SetupError } from './errors.js';
import { ROOT } from './project.js';

interface Options {
  dir: string;
  port?: number;
  fresh?: true;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Told to stop while it starts, it ends at once; the watchdog ends what was started. */
async function run({ dir, port, fresh }: Options): Promise<void> {
  const folder = resolve(dir);
  if (fresh) await rm(folder, { recursive: true, force: true });
  const begunAt = Date.now();
  const cluster = await startCluster({ dir: folder, port, report: say });
  const told = new Promise<'told'>((tell) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tell('told'));
  });
  say(`Temporal: ${cluster.about}; serves after ${((Date.now() - begunAt) / 1_000).toFixed(1)} s`);
  say(`State and logs: ${folder}`);
  say('Ctrl-C ends it and keeps its state.');
  process.stdout.write(
    `TEMPORAL_ADDRESS=${cluster.address}\nTEMPORAL_NAMESPACE=${cluster.namespace}\nPOSTGRES_ADDRESS=${cluster.postgresAddress}\n`,
  );
  const first = await Promise.race([told, cluster.exited]);
  if (first === 'told') say('Stopping');
  await cluster.stop();
  if (first !== 'told') throw new SetupError(`The cluster ended by itself: see the logs in ${folder}.`);
}

const command = new Command('cluster')
  .description('Keeps a Temporal cluster on PostgreSQL running on this machine until Ctrl-C')
  .option('--dir <folder>', 'where it keeps everything', join(stackFolder(ROOT), CLUSTER))
  .option('--port <port>', "Temporal's port (default: 7233, or any free one)", parsePort)
  .option('--fresh', 'forget the state of last time')
  .action(run);

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
