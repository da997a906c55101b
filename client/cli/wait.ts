import type { Command } from 'commander';
import type { LeaseState } from '../../domain/contract.js';
import { LEASE_STATES } from '../lease-state.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import type { Io } from './terminal.js';
import { WrongUse } from './wrong-use.js';

interface WaitOptions extends TemporalOptions {
  state: string;
  timeout?: string;
}

export function waitCommand(io: Io): Command {
  return withTemporal(command('wait', 'wait until a lease is in one of some states'))
    .argument('<number>', 'the leased number, E.164')
    .requiredOption('--state <states>', 'one or more, such as expiring,attention')
    .option('--timeout <duration>', 'fail after so long, such as "10m"; default: wait on')
    .action((number: string, options: WaitOptions) => wait(io, number, options));
}

function wait(io: Io, number: string, options: WaitOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const states = statesOf(options.state);
    const { timeout } = options;
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      const lease = leasehold.lease(number);
      terminal.progress(`Waiting for ${states.join(' or ')}`);
      const state = await lease.waitFor(states, timeout === undefined ? {} : { timeout });
      const { url } = lease;
      terminal.answer({ number, state, url }, () => `${number}: ${state}.${url ? `\n${url}` : ''}`);
    });
  });
}

function statesOf(text: string): LeaseState[] {
  return text.split(',').map((word) => {
    const state = LEASE_STATES.find((known) => known === word.trim());
    if (state) return state;
    throw new WrongUse(`--state must name states, of ${LEASE_STATES.join(', ')}; got "${word.trim()}"`);
  });
}
