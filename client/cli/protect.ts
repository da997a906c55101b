import type { Command } from 'commander';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';

interface ProtectOptions extends TemporalOptions {
  off?: true;
}

export function protectCommand(io: Io): Command {
  return withTemporal(command('protect', 'keep a number from being given back, by command or at its end'))
    .argument('<number>', 'the leased number, E.164')
    .option('--off', 'lift the protection')
    .action((number: string, options: ProtectOptions) => protect(io, number, options));
}

function protect(io: Io, number: string, options: ProtectOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      const { protected: on } = await lease.protect(!options.off);
      const { url } = lease;
      terminal.answer(
        { number, protected: on, url },
        () => `${number} is ${on ? 'protected' : 'not protected any more'}.${url ? `\n${url}` : ''}`,
      );
    });
  });
}
