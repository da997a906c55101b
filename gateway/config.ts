import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { readTemporalSettings } from '../client/temporal-settings.js';
import { readKeyring } from '../codec/keys.js';
import { ConfigError } from '../worker/config.js';
import { readKeys, type Key } from './keys.js';

/** What the gateway needs beside Temporal's own settings. */
export interface GatewayConfig {
  host: string;
  port: number;
  /** Requests a second of one key; of one address where the key is not known. */
  rate: number;
  /** Requests under way at once, in all. */
  concurrency: number;
  /** Undefined: whoever reaches this machine's loopback address may do everything. */
  keys?: Key[];
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Of the vendor's webhooks, any of which is right; undefined: none are taken. */
  webhookSecrets?: string[];
  /** Texts that somebody wrote to a number are handed on to the workers' URL for events. */
  handsOn: boolean;
}

/** As they stand on the command line, unread. */
export interface GatewayFlags {
  host?: string;
  port?: string;
  rate?: string;
  concurrency?: string;
  /** `--no-auth` */
  auth?: boolean;
}

const GATEWAY_DEFAULTS = { host: '127.0.0.1', port: 7300, rate: 100, concurrency: 200 } as const;

const whole = (from: number, to: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be a whole number from ${from} to ${to}`)
    .default(byDefault);

const SHORTEST_SECRET = 8;
const secrets = z
  .string()
  .transform((given) => given.split(',').map((secret) => secret.trim()))
  .refine((given) => given.every((secret) => secret.length >= SHORTEST_SECRET), {
    error: `must be a secret of ${SHORTEST_SECRET} characters or more, or several with commas between them`,
  })
  .optional();

/** Those of the environment say what they are for: docs/reference/environment.md is made of it. */
export const gatewaySettings = z.object({
  LEASEHOLD_WEBHOOK_SECRETS: secrets.describe("the secrets of the vendor's webhooks"),
  '--host': z
    .string()
    .regex(/^\S+$/, 'must be a name or an address of this machine')
    .default(GATEWAY_DEFAULTS.host),
  '--port': whole(0, 65_535, GATEWAY_DEFAULTS.port),
  '--rate': whole(1, 100_000, GATEWAY_DEFAULTS.rate),
  '--concurrency': whole(1, 10_000, GATEWAY_DEFAULTS.concurrency),
  LEASEHOLD_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info')
    .describe('how much is logged'),
});

/** Reads flags and environment; throws `ConfigError` with every problem, none of which shows a key. */
export function readGatewayConfig(env: NodeJS.ProcessEnv, flags: GatewayFlags): GatewayConfig {
  const parsed = gatewaySettings.safeParse({
    '--host': flags.host,
    '--port': flags.port,
    '--rate': flags.rate,
    '--concurrency': flags.concurrency,
    LEASEHOLD_LOG_LEVEL: env.LEASEHOLD_LOG_LEVEL || undefined,
    LEASEHOLD_WEBHOOK_SECRETS: env.LEASEHOLD_WEBHOOK_SECRETS || undefined,
  });
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  const keys = flags.auth === false ? undefined : keysOf(env, problems);
  const encryption = readKeyring(env);
  if ('problem' in encryption) problems.push(encryption.problem);
  const temporal = readTemporalSettings(env);
  if ('problem' in temporal) problems.push(temporal.problem);
  const host = flags.host ?? GATEWAY_DEFAULTS.host;
  if (flags.auth === false && !isLoopback(host))
    problems.push(`--no-auth is for a loopback address such as 127.0.0.1, and --host is another one`);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('; '));
  const { data } = parsed;
  return {
    host: data['--host'],
    port: data['--port'],
    rate: data['--rate'],
    concurrency: data['--concurrency'],
    logLevel: data.LEASEHOLD_LOG_LEVEL,
    handsOn: Boolean(env.LEASEHOLD_EVENTS_URL),
    ...(data.LEASEHOLD_WEBHOOK_SECRETS && { webhookSecrets: data.LEASEHOLD_WEBHOOK_SECRETS }),
    ...(keys && { keys }),
  };
}

function keysOf(env: NodeJS.ProcessEnv, problems: string[]): Key[] {
  const { LEASEHOLD_GATEWAY_KEYS: inline = '', LEASEHOLD_GATEWAY_KEYS_FILE: file } = env;
  const before = problems.length;
  const fromEnv = readKeys(inline);
  problems.push(...fromEnv.problems.map((problem) => `LEASEHOLD_GATEWAY_KEYS: ${problem}`));
  const fromFile = readKeys(file ? contentOf(file, problems) : '');
  problems.push(...fromFile.problems.map((problem) => `LEASEHOLD_GATEWAY_KEYS_FILE: ${problem}`));
  const keys = [...fromEnv.keys, ...fromFile.keys];
  const names = keys.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`LEASEHOLD_GATEWAY_KEYS and its file both have the name ${twice}`);
  if (keys.length === 0 && problems.length === before) {
    problems.push(
      'LEASEHOLD_GATEWAY_KEYS is not set: who may call; `leasehold gateway key` makes a key, and --no-auth does without on a loopback address',
    );
  }
  return keys;
}

function contentOf(file: string, problems: string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    problems.push(`LEASEHOLD_GATEWAY_KEYS_FILE names a file that cannot be read (${why})`);
    return '';
  }
}

/** Names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return true;
  return isIP(bare) === 4 ? bare.startsWith('127.') : bare === '::1';
}
