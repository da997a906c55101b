import { InvalidArgumentError, Option, type Command } from 'commander';
import { command, inTerminal, withTemporal, type CommonOptions, type TemporalOptions } from './command.js';
import { findPlace } from './session.js';
import type { Io } from './terminal.js';
import { untilTold } from './until-told.js';
import { isKeyName, KEY_NAME_HINT, makeKey, SCOPES, type Scope } from '../../gateway/keys.js';

/** Read by the gateway's own configuration, which tells every problem at once. */
interface GatewayOptions extends TemporalOptions {
  host?: string;
  port?: string;
  rate?: string;
  concurrency?: string;
  auth: boolean;
}

interface KeyOptions extends CommonOptions {
  name: string;
  scope: Scope;
}

export function gatewayCommand(io: Io): Command {
  return withTemporal(command('gateway', 'serve HTTP for programs in any language until SIGTERM or Ctrl-C'))
    .option('--host <host>', 'address to listen at (default: 127.0.0.1)')
    .option('--port <port>', '0 takes any free one (default: 7300)')
    .option('--rate <count>', 'requests a second of one key (default: 100)')
    .option('--concurrency <count>', 'requests under way at once, in all (default: 200)')
    .option('--no-auth', 'ask for no key; for a loopback address only')
    .enablePositionalOptions()
    .addCommand(keyCommand(io))
    .action((options: GatewayOptions) => serve(io, options));
}

function serve(io: Io, options: GatewayOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const { told } = untilTold();
    const { env } = await findPlace(io, terminal, options);
    const { runGateway } = await import('../../gateway/serve.js');
    await runGateway(env, { ...options, told });
  });
}

function keyCommand(io: Io): Command {
  return command('key', 'make a key, show it once, and the entry that lets it in')
    .addOption(
      new Option('--scope <scope>', 'read looks, full changes as well').choices(SCOPES).makeOptionMandatory(),
    )
    .addOption(new Option('--name <name>', 'who it is for').argParser(parseName).makeOptionMandatory())
    .action((options: KeyOptions) => showKey(io, options));
}

function showKey(io: Io, options: KeyOptions): Promise<void> {
  return inTerminal(io, options, (terminal) => {
    const made = makeKey(options.name, options.scope);
    terminal.note('The key is shown this once and kept nowhere; the entry goes into LEASEHOLD_GATEWAY_KEYS.');
    terminal.answer(made, () => `key:   ${made.key}\nentry: ${made.entry}`);
    return Promise.resolve();
  });
}

function parseName(name: string): string {
  if (isKeyName(name)) return name;
  throw new InvalidArgumentError(`It must be ${KEY_NAME_HINT}.`);
}
