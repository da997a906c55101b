import type { Command } from 'commander';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';

export function recoverCommand(io: Io): Command {
  const what =
    'after the restore of an older backup of Temporal, before workers start: put every open run in doubt';
  return withTemporal(command('recover', what)).action((options: TemporalOptions) => recover(io, options));
}

function recover(io: Io, options: TemporalOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    terminal.progress('Putting every open run in doubt');
    await withLeasehold(place, options, async (leasehold) => {
      const report = await leasehold.recover();
      terminal.answer(report, () =>
        [
          `${report.inDoubt.length} open runs are in doubt, and settle by reading what they did since the backup.`,
          'Start the workers now, then run `leasehold reconcile`: it finds what was leased since the backup.',
        ].join('\n'),
      );
    });
  });
}
