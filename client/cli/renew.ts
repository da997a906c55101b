import { Option, type Command } from 'commander';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { assertMaySpend, findPlace, withLeasehold } from './session.js';
import { instant } from './tables.js';
import type { Io } from './terminal.js';

interface RenewOptions extends SpendingOptions {
  auto: 'on' | 'off';
}

export function renewCommand(io: Io): Command {
  const auto = new Option(
    '--auto <on|off>',
    'on: it goes on by its term, or by a billing period; off: it ends',
  );
  return withLive(withTemporal(command('renew', 'say whether a lease goes on by itself at its end')))
    .argument('<number>', 'the leased number, E.164')
    .addOption(auto.choices(['on', 'off']).makeOptionMandatory())
    .action((number: string, options: RenewOptions) => renew(io, number, options));
}

function renew(io: Io, number: string, options: RenewOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    if (options.auto === 'on') assertMaySpend(place, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      const { auto, expiresAt } = await lease.renew({ auto: options.auto === 'on' });
      const { url } = lease;
      terminal.answer({ number, auto, expiresAt, url }, () => {
        const end = instant(expiresAt) || 'when told';
        return `${number} ${auto ? 'renews itself at' : 'ends'} ${end}.${url ? `\n${url}` : ''}`;
      });
    });
  });
}
