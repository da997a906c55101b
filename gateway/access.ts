import { fastifyRateLimit } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from './config.js';
import { findKey, type Key, type Scope } from './keys.js';
import { bare, refused, Refused } from './problems.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs for this route. */
    scope?: Scope;
  }
}

export interface AccessOptions {
  /** Undefined: everybody who reaches this machine's loopback address. */
  keys?: readonly Key[] | undefined;
  /** Requests a second of one key, or of one address without a key. */
  rate: number;
  /** Requests under way at once, in all. */
  concurrency: number;
}

const callers = new WeakMap<FastifyRequest, Key>();

/** The name of the caller's key, for logs. */
export function callerOf(request: FastifyRequest): string | undefined {
  return callers.get(request)?.name;
}

/** Lets into this scope only who may: before the body is read, and with an answer that tells nothing. */
export async function guard(scope: FastifyInstance, options: AccessOptions): Promise<void> {
  await scope.register(fastifyRateLimit, { global: false });
  const count = scope.createRateLimit({
    max: options.rate,
    timeWindow: 1_000,
    keyGenerator: (request) => callerKey(request),
  });
  const room = roomFor(options.concurrency);
  scope.addHook('onRequest', async (request, reply) => {
    const key = identify(request, options.keys);
    if (key) callers.set(request, key);
    await count(request).then(refuseTooMany);
    if (options.keys && !key) throw bare(401, { 'www-authenticate': 'Bearer' });
    if (key?.scope === 'read' && request.routeOptions.config.scope === 'full') throw bare(403);
    room(reply);
  });
}

function callerKey(request: FastifyRequest): string {
  const key = callers.get(request);
  return key ? `key ${key.name}` : `address ${request.ip}`;
}

function refuseTooMany(counted: { isAllowed: boolean; isExceeded?: boolean; ttlInSeconds?: number }): void {
  if (counted.isExceeded !== true) return;
  const { problem } = refused('RateLimited');
  throw new Refused(problem, { 'retry-after': `${counted.ttlInSeconds ?? 1}` });
}

function identify({ headers }: FastifyRequest, keys: readonly Key[] | undefined): Key | undefined {
  if (!keys) {
    refuseOtherSites(headers);
    return undefined;
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return given === undefined ? undefined : findKey(keys, given);
}

/**
 * Without keys a web page that somebody looks at on this machine could call, by a name that leads here or by a form:
 * browsers say where a request comes from.
 */
function refuseOtherSites({ host = '', origin }: FastifyRequest['headers']): void {
  const places = [`http://${host}`, ...(origin === undefined ? [] : [origin])];
  const isHere = (place: string): boolean => URL.canParse(place) && isLoopback(new URL(place).hostname);
  if (!places.every(isHere)) throw bare(403);
}

/** Takes a place until the answer is out or the caller has left. */
function roomFor(most: number): (reply: FastifyReply) => void {
  let under = 0;
  return (reply) => {
    if (under >= most) throw refused('Overloaded');
    under += 1;
    reply.raw.once('close', () => (under -= 1));
  };
}
