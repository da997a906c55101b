import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './account.js';
import { id } from './draw.js';
import type { Fault, FaultedCall } from './faults.js';
import type { World } from './world.js';

/** What a route of the vendor's does with a call: returns the envelope's data, or throws `Refusal`. */
export type Act = (call: { request: FastifyRequest; now: number; world: World }) => unknown;

/** An answer, and when it was true. */
export interface Reply {
  status: number;
  at: number;
  body: string;
  headers?: Record<string, string>;
}

const API_VERSION = 'v2026.8.2';

/** One call through the stand-in; a call that is under way when the simulator closes is cut off. */
export async function answer(call: Call, reply: FastifyReply): Promise<void> {
  try {
    await goThrough(call, reply);
  } catch (error) {
    if (!call.world.closed) throw error;
    reply.hijack();
    reply.raw.destroy();
  }
}

/**
 * The fault plan's phases around key check and act, then the vendor's envelope. A call asks the clock once, and once
 * more after each wait: a clock may be a server that answers over the network.
 */
async function goThrough(call: Call, reply: FastifyReply): Promise<void> {
  const { world } = call;
  const { faults, latencyMs } = world.options;
  const counted = count(call);
  const at = await world.now();
  const fault = faults?.decide({ ...counted, at }) ?? NO_FAULT;
  const { phase, delayMs = 0 } = fault;
  if (fault.lateMs !== undefined) actLater(call, at + fault.lateMs);
  const actsAt = await world.after(latencyMs + (phase === 'before' ? delayMs : 0), at);
  if (phase === 'before' && (await broken(fault, world, reply, actsAt))) return;
  const result = actOrRecall(call, actsAt, fault);
  const answersAt = await world.after(phase === 'before' ? 0 : delayMs, actsAt);
  if (phase === 'after' && (await broken(fault, world, reply, answersAt))) return;
  if (phase === 'answering' && garbled(fault, result, reply)) return;
  await send(reply, fault.drift === true ? drifted(result) : result);
}

const NO_FAULT: Fault = { phase: 'before' };

export interface Call {
  world: World;
  route: string;
  act: Act;
  request: FastifyRequest;
}

function count({ world, route, request }: Call): Omit<FaultedCall, 'at'> {
  const number = numberOf(request);
  const nth = world.count(route, number);
  return { route, nth, ...(number !== undefined && { number }) };
}

/** Nobody gets the answer of a request that was held up on its way. */
function actLater({ world, act, request }: Call, at: number): void {
  world.later(at, (due) => {
    outcome(world, act, request, due);
    world.changed();
  });
}

/** What the vendor does now, once or twice; a stale read is answered from a moment ago instead. */
function actOrRecall({ world, act, request }: Call, at: number, fault: Fault): Reply {
  if (world.closed) throw new Error('the simulator is closed');
  const key = `${request.method} ${request.url}`;
  const before = fault.stale === true ? world.lastAnswer(key, at) : undefined;
  if (before) return before;
  if (fault.twice === true) outcome(world, act, request, at);
  const result = outcome(world, act, request, at);
  world.changed();
  world.remember(key, result);
  return result;
}

/** The number that a call is about, also where it stands in the body. */
function numberOf({ params, body }: FastifyRequest): string | undefined {
  const { number, from } = params as { number?: string; from?: string };
  return number ?? from ?? (body as { from?: string } | undefined)?.from;
}

/** What the vendor does and says at this instant. */
function outcome(world: World, act: Act, request: FastifyRequest, now: number): Reply {
  try {
    if (request.headers.authorization !== `Token ${world.state.apiKey}`)
      throw new Refusal(401, 'Invalid API key');
    const data = act({ request, now, world });
    return { status: 200, at: now, body: JSON.stringify(envelope(world, now, 'response', data)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(world, now, error);
  }
}

/** A refusal in the vendor's envelope. */
export function refused(world: World, at: number, error: Refusal): Reply {
  return { status: error.status, at, body: JSON.stringify(refusal(world, at, error)) };
}

/** True: the fault has taken the answer's place. */
async function broken(fault: Fault, world: World, reply: FastifyReply, at: number): Promise<boolean> {
  if (fault.hang === true) {
    reply.hijack(); // the caller gives up, or the server closes
    return true;
  }
  if (fault.reset === true) {
    reply.hijack();
    reply.raw.destroy();
    return true;
  }
  if (fault.status === undefined) return false;
  const said = refusal(world, at, new Refusal(fault.status, 'Something went wrong'));
  const body = fault.body ?? JSON.stringify(said);
  await send(reply, { status: fault.status, at, body, ...(fault.headers && { headers: fault.headers }) });
  return true;
}

/** The vendor acted, and what it said arrives in half, as something else, or late. True: this was the answer. */
function garbled(fault: Fault, { status, body }: Reply, reply: FastifyReply): boolean {
  if (fault.body === undefined && fault.reset !== true) return false;
  reply.hijack();
  const bytes = Buffer.from(fault.body ?? body);
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
  reply.raw.writeHead(fault.status ?? status, headers);
  if (fault.reset === true) {
    reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reply.raw.destroy());
  } else {
    reply.raw.end(bytes);
  }
  return true;
}

/** The vendor's answers change without notice: fields come, and optional ones go. */
function drifted(result: Reply): Reply {
  const body: unknown = JSON.parse(result.body, (key, value: unknown) =>
    key === 'requirements' ? undefined : value,
  );
  return { ...result, body: JSON.stringify({ ...(body as object), region: 'eu-1', deprecated: null }) };
}

export async function send(reply: FastifyReply, { status, body, headers = {} }: Reply): Promise<void> {
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
