import type { Command } from 'commander';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { assertMaySpend, findPlace } from './session.js';
import type { Io } from './terminal.js';

export function workerCommand(io: Io): Command {
  return withLive(
    withTemporal(command('worker', 'run a worker until SIGTERM or Ctrl-C; it logs JSON lines')),
  ).action((options: SpendingOptions) => work(io, options));
}

function work(io: Io, options: SpendingOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    assertMaySpend(place, options);
    const { runWorker } = await import('../../worker/index.js');
    await runWorker(place.env);
  });
}
