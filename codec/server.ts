import { createHash, timingSafeEqual } from 'node:crypto';
import cors from '@fastify/cors';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { fastify, type FastifyError, type FastifyRequest } from 'fastify';
import { listen } from '../embedded/listen.js';
import { EncryptionCodec, EncryptionError } from './encryption-codec.js';
import type { Keyring } from './keys.js';

const { Payload: PayloadMessage, Payloads } = proto.temporal.api.common.v1;

/** More than the largest page of a history (4 MB) in base64. */
const BODY_LIMIT = 8 * 1024 * 1024;
const HERE = ['127.0.0.1', 'localhost', '[::1]'];

export interface CodecServerOptions {
  keyring: Keyring;
  /** 0: any that is free. */
  port: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Origins of the Temporal UIs whose pages may ask: `https://cloud.temporal.io`. */
  origins: readonly string[];
  /** Asked of every request as `Authorization: Bearer <token>`; without one only this machine may listen and ask. */
  token?: string;
}

export interface CodecServer {
  url: string;
  close(): Promise<void>;
}

/** What is asked is not answered, with this status. */
class Refusal extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Decrypts for people: `POST /decode` and `POST /encode` with `{ "payloads": [...] }` in protobuf's JSON, as the Temporal
 * UI and CLI ask a remote codec. It logs nothing and keeps nothing.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const { keyring, port, host = '127.0.0.1', origins } = options;
  const server = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  server.setErrorHandler((error: FastifyError | Refusal, _request, reply) =>
    reply
      .code(error.statusCode ?? 500)
      .send({ message: error.statusCode ? error.message : 'it did not work' }),
  );
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ message: 'POST /encode or /decode' }),
  );
  await server.register(cors, {
    origin: [...origins],
    methods: ['POST'],
    credentials: true, // for a proxy in front that knows people by cookies
    maxAge: 600,
  });
  server.get('/healthz', () => ({ ok: true }));
  const codec = new EncryptionCodec(keyring);
  const admit = admission(options);
  for (const way of ['encode', 'decode'] as const) {
    server.post(`/${way}`, { onRequest: admit }, async ({ body }) => {
      return toJson(await codec[way](fromJson(body)).catch(refuse));
    });
  }
  const url = await listen(server, port, host);
  return {
    url,
    close: () => server.close().then(() => undefined),
  };
}

/** Whether this server may run without asking who calls. */
export function isThisMachine(host: string): boolean {
  return HERE.includes(host) || host === '::1';
}

/** Pages of other origins and callers without the token are turned away before anything is read. */
function admission({ origins, token }: CodecServerOptions) {
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    const { origin, authorization } = request.headers;
    if (origin !== undefined && !origins.includes(origin)) {
      done(new Refusal(403, `pages of ${origin} may not ask: name that origin with --origin`));
    } else if (token === undefined) {
      // A page that has its own host name point here is no page of this machine.
      done(isThisMachine(request.hostname) ? undefined : new Refusal(403, 'only this machine may ask'));
    } else {
      done(
        isSame(authorization ?? '', `Bearer ${token}`)
          ? undefined
          : new Refusal(401, 'the token is not right'),
      );
    }
  };
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function fromJson(body: unknown): Payload[] {
  const isObject = typeof body === 'object' && body !== null && 'payloads' in body;
  if (!isObject || !Array.isArray(body.payloads))
    throw new Refusal(400, 'payloads must be a list of payloads');
  try {
    return Payloads.fromObject(body).payloads;
  } catch {
    throw new Refusal(400, "payloads must be payloads in protobuf's JSON: metadata and data in base64");
  }
}

function toJson(payloads: Payload[]): Record<string, unknown> {
  const asJson = (one: Payload) => PayloadMessage.toObject(PayloadMessage.create(one), { bytes: String });
  return { payloads: payloads.map(asJson) };
}

function refuse(error: unknown): never {
  if (error instanceof EncryptionError) throw new Refusal(400, error.message);
  throw error;
}
