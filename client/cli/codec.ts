import type { Command } from 'commander';
import {
  KEY_ID_HINT,
  KEYS_FILE_VARIABLE,
  KEYS_VARIABLE,
  newKey,
  readKeyring,
  type Keyring,
} from '../../codec/keys.js';
import { isKeyId } from '../../domain/payload-metadata.js';
import { readEndpoints } from '../../embedded/endpoints.js';
import { ROOT } from '../../embedded/project.js';
import { command, inTerminal, listOption, parsePort, type CommonOptions } from './command.js';
import type { Io } from './terminal.js';
import { untilTold } from './until-told.js';
import { WrongUse } from './wrong-use.js';

interface CodecOptions extends CommonOptions {
  port: number;
  host: string;
  origin?: string[];
  token: boolean;
}

const TOKEN_VARIABLE = 'LEASEHOLD_CODEC_TOKEN';
const ORIGINS_VARIABLE = 'LEASEHOLD_CODEC_ORIGINS';
const SHORTEST_TOKEN = 16;

export function codecCommand(io: Io): Command {
  return command('codec', 'decrypt for the Temporal UI and CLI until Ctrl-C')
    .option('--port <port>', '0 takes any free one', parsePort, 8234)
    .option(
      '--host <host>',
      `address to listen at; any but this machine's needs ${TOKEN_VARIABLE}`,
      '127.0.0.1',
    )
    .option('--no-token', `ask nobody for ${TOKEN_VARIABLE}: for an address that only this machine reaches`)
    .addOption(
      listOption(
        '--origin <url>',
        `origin of a Temporal UI that may ask (default: ${ORIGINS_VARIABLE}, or the UI of TEMPORAL_UI_URL or of the stack that runs here)`,
      ),
    )
    .action((options: CodecOptions) => serve(io, options))
    .addCommand(keyCommand(io));
}

function keyCommand(io: Io): Command {
  return command('key', `make a new key for ${KEYS_VARIABLE} or ${KEYS_FILE_VARIABLE}`)
    .argument('[id]', 'its name, which stands beside what it encrypts (default: today)')
    .action((id: string | undefined, options: CommonOptions) => makeKey(io, id, options));
}

function makeKey(io: Io, id = new Date().toISOString().slice(0, 10), options: CommonOptions): Promise<void> {
  if (!isKeyId(id)) throw new WrongUse(`the id of a key must be ${KEY_ID_HINT}`);
  const key = newKey(id);
  return inTerminal(io, options, (terminal) => {
    terminal.answer({ key }, () => key);
    return Promise.resolve();
  });
}

function serve(io: Io, options: CodecOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const keyring = keyringOf(io);
    const { startCodecServer, isThisMachine } = await import('../../codec/server.js');
    const { port, host } = options;
    const token = options.token ? tokenOf(io) : undefined;
    if (options.token && token === undefined && !isThisMachine(host)) {
      throw new WrongUse(
        `${TOKEN_VARIABLE} is not set: beyond this machine everybody who asks must know it (--no-token where only this machine reaches that address)`,
      );
    }
    const origins = await originsOf(io, options);
    const stopping = untilTold();
    const server = await startCodecServer({
      keyring,
      port,
      host,
      origins,
      ...(token !== undefined && { token }),
    });
    terminal.answer({ url: server.url, origins }, () => inWords(server.url, origins, keyring));
    await stopping.told;
    await server.close();
    stopping.release();
  });
}

function inWords(url: string, origins: string[], { current, keys }: Keyring): string {
  return [
    `The codec server decrypts at ${url} with ${keys.size} keys; it encrypts with "${current}".`,
    `Pages that may ask: ${origins.join(', ') || 'none (--origin)'}. Temporal's CLI: --codec-endpoint ${url}`,
    'Ctrl-C ends it.',
  ].join('\n');
}

function keyringOf({ env }: Io): Keyring {
  const read = readKeyring(env);
  if ('problem' in read) throw new WrongUse(read.problem);
  if (read.keyring) return read.keyring;
  throw new WrongUse(`no key is set: ${KEYS_VARIABLE} or ${KEYS_FILE_VARIABLE} holds them`);
}

function tokenOf({ env }: Io): string | undefined {
  const token = env[TOKEN_VARIABLE];
  if (!token) return undefined;
  if (token.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new WrongUse(`${TOKEN_VARIABLE} must be at least ${SHORTEST_TOKEN} characters without spaces`);
}

async function originsOf({ env }: Io, { origin }: CodecOptions): Promise<string[]> {
  const configured = env[ORIGINS_VARIABLE]?.split(',').map((one) => one.trim());
  const asked = origin ?? configured?.filter((one) => one !== '');
  if (asked) return asked.map(originOf);
  const ui = env.TEMPORAL_UI_URL ?? (await readEndpoints(ROOT))?.uiUrl;
  return ui ? besideItsName(originOf(ui)) : [];
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new WrongUse(`an origin must be such as "https://temporal.example.com", got ${JSON.stringify(url)}`);
}

/** To a browser the same UI under another name is another origin. */
function besideItsName(origin: string): string[] {
  return [...new Set([origin, origin.replace('//127.0.0.1', '//localhost')])];
}
