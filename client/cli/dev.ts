import type { Command } from 'commander';
import type { Lag } from '../../simulator/index.js';
import { command, inTerminal, parsePort, type CommonOptions } from './command.js';
import { LAG_HINT, parseLag } from './lag.js';
import type { Io } from './terminal.js';
import { untilTold } from './until-told.js';

interface DevOptions extends CommonOptions {
  fresh?: boolean;
  port?: number;
  uiPort?: number;
  simulatorPort?: number;
  termination?: Lag;
}

export function devCommand(io: Io): Command {
  return command('dev', 'keep Temporal, its UI, a simulated API and a worker running until Ctrl-C')
    .option('--fresh', 'forget the state of last time')
    .option('--port <port>', "Temporal's port (default: 7233, or any free one)", parsePort)
    .option('--ui-port <port>', "the Temporal UI's port (default: 8233, or any free one)", parsePort)
    .option('--simulator-port <port>', "the simulated API's port (default: 4010, or any free one)", parsePort)
    .option('--termination <time>', LAG_HINT, parseLag)
    .action((options: DevOptions) => dev(io, options));
}

function dev(io: Io, options: DevOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const stopping = untilTold();
    const { openStack } = await import('./stage.js');
    const { fresh = false, port, uiPort, simulatorPort, termination } = options;
    const ports = { temporal: port, ui: uiPort, simulator: simulatorPort };
    const stage = await openStack(io, terminal, { fresh, ports, ...(termination && { termination }) });
    try {
      terminal.answer(
        stage.endpoints,
        () =>
          `Temporal UI: ${stage.endpoints?.uiUrl ?? ''}\nReady. The other commands use it; Ctrl-C ends it and keeps its state.`,
      );
      await Promise.race([stopping.told, stage.broken]);
    } finally {
      terminal.note('Stopping');
      await stage.stop();
    }
  });
}
