import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './account.js';
import { id } from './draw.js';
import type { Fault } from './faults.js';
import type { World } from './world.js';

/** What a route of the vendor's does with a call: returns the envelope's data, or throws `Refusal`. */
export type Act = (call: { request: FastifyRequest; now: number; world: World }) => unknown;

interface Reply {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

const API_VERSION = 'v2026.8.2';

/** One call through the stand-in: key, then the fault plan's phases around the act, then the vendor's envelope. */
export async function answer(
  world: World,
  route: string,
  act: Act,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { number } = request.params as { number?: string };
  const nth = world.count(route, number);
  const fault = world.options.faults?.decide({ route, nth, ...(number !== undefined && { number }) });
  if (world.options.latencyMs > 0) await delay(world.options.latencyMs);
  if (fault?.phase === 'before' && (await broken(fault, world, reply))) return;
  const result = await perform(world, act, request);
  if (fault?.phase === 'after' && (await broken(fault, world, reply))) return;
  if (fault?.phase === 'answering') return breakOff(fault, result, reply);
  await send(reply, result);
}

async function perform(world: World, act: Act, request: FastifyRequest): Promise<Reply> {
  const now = await world.now();
  try {
    if (request.headers.authorization !== `Token ${world.state.apiKey}`)
      throw new Refusal(401, 'Invalid API key');
    const data = act({ request, now, world });
    world.changed();
    return { status: 200, body: JSON.stringify(envelope(world, now, 'response', data)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, body: JSON.stringify(refusal(world, now, error)) };
  }
}

/** True: the fault has taken the answer's place. */
async function broken(fault: Fault, world: World, reply: FastifyReply): Promise<boolean> {
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.reset === true) {
    reply.hijack();
    reply.raw.destroy();
    return true;
  }
  if (fault.status === undefined) return false;
  const now = await world.now();
  const body =
    fault.body ?? JSON.stringify(refusal(world, now, new Refusal(fault.status, 'Something went wrong')));
  await send(reply, { status: fault.status, body, ...(fault.headers && { headers: fault.headers }) });
  return true;
}

/** Half of the answer, then nothing: the vendor acted and the caller cannot read what it said. */
async function breakOff(fault: Fault, { status, body }: Reply, reply: FastifyReply): Promise<void> {
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  reply.hijack();
  const bytes = Buffer.from(fault.body ?? body);
  const whole = fault.body !== undefined && fault.reset !== true;
  reply.raw.writeHead(fault.status ?? status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
  });
  if (whole) {
    reply.raw.end(bytes);
    return;
  }
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reply.raw.destroy());
}

async function send(reply: FastifyReply, { status, body, headers = {} }: Reply): Promise<void> {
  await reply.code(status).headers(headers).type('application/json').send(body);
}

function envelope(world: World, now: number, object: 'response' | 'error', data: unknown) {
  world.state.drawn += 1;
  const prefix = object === 'response' ? 'req' : 'err';
  return {
    id: id(prefix, world.state.seed, world.state.drawn),
    timestamp: Math.round(now),
    api_version: API_VERSION,
    object,
    data,
  };
}

function refusal(world: World, now: number, { message, status, agreementUrl }: Refusal) {
  const data = { error: message, status, ...(agreementUrl !== undefined && { agreement_url: agreementUrl }) };
  return envelope(world, now, 'error', data);
}
