import type { Command } from 'commander';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { assertMaySpend, findPlace, withLeasehold } from './session.js';
import { instant } from './tables.js';
import type { Io } from './terminal.js';

export function restoreCommand(io: Io): Command {
  return withLive(withTemporal(command('restore', 'undo a termination or an end in its grace period')))
    .argument('<number>', 'the number, E.164')
    .action((number: string, options: SpendingOptions) => restore(io, number, options));
}

function restore(io: Io, number: string, options: SpendingOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    assertMaySpend(place, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      const { state, expiresAt } = await lease.restore();
      const { url } = lease;
      terminal.answer({ number, state, expiresAt, url }, () => {
        const end = instant(expiresAt) || 'told';
        return `${number} is restored (${state}), leased until ${end}.${url ? `\n${url}` : ''}`;
      });
    });
  });
}
