import type { Command } from 'commander';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { showBatch, showReport, watchBatch } from './provision-many.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';

interface BatchOptions extends TemporalOptions {
  wait?: boolean;
  cancel?: boolean;
}

export function batchCommand(io: Io): Command {
  return withTemporal(command('batch', 'show, cancel or wait for many numbers under one reference'))
    .argument('<reference>', 'the reference that they were asked for under')
    .option('--wait', 'wait until nothing of it is under way')
    .option('--cancel', 'start no more and cancel what is under way; what is leased stays')
    .action((reference: string, options: BatchOptions) => batch(io, reference, options));
}

function batch(io: Io, reference: string, options: BatchOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      const found = await leasehold.batch(reference);
      if (options.wait && !options.cancel) return showBatch(terminal, found);
      if (options.cancel) await found.cancel();
      terminal.progress(options.cancel ? 'Cancelling' : 'Asking');
      const report = await (options.cancel ? watchBatch(terminal, found) : found.progress());
      showReport(terminal, report, found.url);
    });
  });
}
