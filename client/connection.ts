import {
  Client,
  Connection,
  type ClientOptions,
  type ConnectionOptions,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { EncryptionCodec } from '../codec/encryption-codec.js';
import { readKeyring } from '../codec/keys.js';
import { grpcFacts, LeaseholdError } from './errors.js';
import { RETRIED_CALLS } from './retried-calls.js';
import { readTemporalSettings } from './temporal-settings.js';

/** Where Temporal is. What is not given comes from `TEMPORAL_*` and Temporal's own configuration file. */
export interface ConnectOptions {
  /** `host:port`. */
  address?: string;
  namespace?: string;
  apiKey?: string;
  /** Who is shown in histories and by `audit`; default: the process and its host. */
  identity?: string;
  tls?: ConnectionOptions['tls'];
  /**
   * Encrypts and encodes what is kept at Temporal; the worker must have the same one. Default: encryption with the keys
   * of `LEASEHOLD_ENCRYPTION_KEYS` or `LEASEHOLD_ENCRYPTION_KEYS_FILE`, where one is set.
   */
  dataConverter?: NonNullable<ClientOptions['dataConverter']>;
  /**
   * Carries the trace of your active OpenTelemetry span on through Temporal, with the SDK that your process has registered.
   * Default: false.
   */
  tracing?: boolean;
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv;
}

const CONNECT_LIMIT_MS = 5_000;
const DEFAULT_ADDRESS = 'localhost:7233';

/** Connects, or rejects with one line that names the address. */
export async function connectToTemporal(options: ConnectOptions): Promise<Client> {
  const { connection, namespace } = settings(options);
  const address = connection.address ?? DEFAULT_ADDRESS;
  const dataConverter = options.dataConverter ?? encryption(options.env ?? process.env);
  try {
    const connected = await Connection.connect({
      ...connection,
      connectTimeout: CONNECT_LIMIT_MS,
      interceptors: RETRIED_CALLS,
    });
    const { identity } = options;
    const workflow = options.tracing ? await tracing(dataConverter !== undefined) : undefined;
    return new Client({
      connection: connected,
      namespace,
      ...(dataConverter && { dataConverter }),
      ...(identity !== undefined && { identity }),
      ...(workflow && { interceptors: { workflow } }),
    });
  } catch (error) {
    const { text } = grpcFacts(error);
    throw new LeaseholdError('Unreachable', `no Temporal server answers at ${address}: ${text}`, {
      cause: error,
    });
  }
}

/** Loaded by those alone who ask for it. */
async function tracing(isEncrypted: boolean): Promise<WorkflowClientInterceptor[]> {
  const { clientTracing } = await import('../tracing/temporal.js');
  return clientTracing(isEncrypted);
}

function encryption(env: NodeJS.ProcessEnv): ConnectOptions['dataConverter'] {
  const read = readKeyring(env);
  if ('problem' in read) throw new LeaseholdError('NotSetUp', read.problem);
  return read.keyring && { payloadCodecs: [new EncryptionCodec(read.keyring)] };
}

function settings(options: ConnectOptions): { connection: ConnectionOptions; namespace: string } {
  const { address, apiKey, tls } = options;
  const configured = fromEnvironment(options.env ?? process.env);
  return {
    connection: {
      ...configured.connectionOptions,
      ...(address !== undefined && { address }),
      ...(apiKey !== undefined && { apiKey }),
      ...(tls !== undefined && { tls }),
    },
    namespace: options.namespace ?? configured.namespace ?? 'default',
  };
}

function fromEnvironment(env: NodeJS.ProcessEnv): {
  connectionOptions: ConnectionOptions;
  namespace?: string;
} {
  const read = readTemporalSettings(env);
  if ('problem' in read) throw new LeaseholdError('NotSetUp', read.problem);
  const { connectionOptions, namespace } = read.settings;
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    connectionOptions: {
      ...(address !== undefined && { address }),
      ...(tls !== undefined && { tls }),
      ...(apiKey !== undefined && { apiKey }),
      ...(metadata !== undefined && { metadata }),
    },
    ...(namespace !== undefined && { namespace }),
  };
}
