import type { Command } from 'commander';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { assertMaySpend, findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';

interface SendOptions extends SpendingOptions {
  to: string;
  text: string;
  id?: string;
  confirmDelivery?: boolean;
}

export function sendCommand(io: Io): Command {
  return withLive(withTemporal(command('send', 'send a text from a leased number')))
    .argument('<number>', 'the leased number, E.164')
    .requiredOption('--to <E.164>', 'recipient')
    .requiredOption('--text <text>', 'what it says')
    .option(
      '--id <id>',
      'your own key: one id is sent once a lease; without it, each call sends another text',
    )
    .option('--confirm-delivery', 'ask the vendor whether it arrived where no webhook tells')
    .action((number: string, options: SendOptions) => send(io, number, options));
}

function send(io: Io, number: string, options: SendOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    assertMaySpend(place, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      terminal.progress('Sending');
      const { to, text: message, id, confirmDelivery } = options;
      const asked = { ...(id !== undefined && { id }), ...(confirmDelivery && { confirmDelivery }) };
      const answer = await lease.send({ to, message, ...asked });
      const url = lease.url;
      terminal.answer({ ...answer, url }, () => {
        const facts = answer.messageId === undefined ? '' : ` as ${answer.messageId}`;
        const word =
          answer.outcome === 'sent' ? 'Sent' : 'Nobody can tell whether it was sent; it is not sent again';
        return `${word}: ${answer.id}${facts}.${url ? `\n${url}` : ''}`;
      });
    });
  });
}
