import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './account.js';
import { writeTime } from './dialect.js';
import { draw, id } from './draw.js';
import { ROWS_OF } from './fault-kinds.js';
import type { Fault, FaultedCall } from './faults.js';
import { drifted, garbled, send, takenOver, withSpoiltRows, type Reply } from './wire.js';
import type { World } from './world.js';

/** What an act sees of the world; a read that lags behind sees it as it was. */
export type View = Pick<World, 'account' | 'state' | 'options'>;

/** What a route of the vendor's does with a call: returns the envelope's data, or throws `Refusal`. */
export type Act = (call: { request: FastifyRequest; now: number; world: View }) => unknown;

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
  const { faults } = world.options;
  const counted = count(call);
  const at = await world.now();
  if (world.rate.isOver(at)) {
    world.noteFault({ ...counted, at }, { phase: 'before', kind: '429 over its rate' });
    return send(reply, tooMany(world, at));
  }
  const fault = faults?.decide({ ...counted, at });
  if (fault) world.noteFault({ ...counted, at }, fault);
  await answerWith(call, reply, at, { ...answerTime(world, counted), fault: fault ?? NO_FAULT });
}

function tooMany(world: World, at: number): Reply {
  return { ...refused(world, at, new Refusal(429, 'Rate limit exceeded')), headers: { 'retry-after': '1' } };
}

const NO_FAULT: Fault = { phase: 'before' };

/** Real milliseconds that a call takes on its way there and back, beside what a fault adds. */
interface AnswerTime {
  thereMs: number;
  backMs: number;
}

/** Drawn up to the world's limit for the route; the vendor acts somewhere in between. */
function answerTime(
  { state, options }: World,
  { route, number = '', nth }: Omit<FaultedCall, 'at'>,
): AnswerTime {
  const { latencyMs, answerTimes = {} } = options;
  const limitMs = answerTimes[route] ?? 0;
  if (limitMs === 0) return { thereMs: latencyMs, backMs: 0 };
  const tookMs = draw(state.seed, 'answer time', route, number, nth) * limitMs;
  const thereMs = draw(state.seed, 'way there', route, number, nth) * tookMs;
  return { thereMs: latencyMs + thereMs, backMs: tookMs - thereMs };
}

async function answerWith(
  call: Call,
  reply: FastifyReply,
  at: number,
  { thereMs, backMs, fault }: AnswerTime & { fault: Fault },
): Promise<void> {
  const { world } = call;
  const { phase, delayMs = 0 } = fault;
  if (fault.lateMs !== undefined) actLater(call, at + fault.lateMs);
  const actsAt = await world.after(thereMs + (phase === 'before' ? delayMs : 0), at);
  if (phase === 'before' && (await instead(call, reply, actsAt, fault))) return;
  const result = actOrRecall(call, actsAt, fault);
  const answersAt = await world.after(backMs + (phase === 'after' ? delayMs : 0), actsAt);
  if (phase === 'after' && (await instead(call, reply, answersAt, fault))) return;
  if (phase === 'answering' && (await garbled(fault, result, reply, () => world.after(delayMs, at)))) return;
  await send(reply, written(call, fault, result));
}

/** The answer as the fault writes it. */
function written({ route }: Call, { drift, rows }: Fault, result: Reply): Reply {
  if (drift === true) return drifted(result);
  return rows ? withSpoiltRows(result, ROWS_OF[route] ?? '', rows) : result;
}

/** True: the fault has taken the answer's place. */
async function instead({ world }: Call, reply: FastifyReply, at: number, fault: Fault): Promise<boolean> {
  if (takenOver(fault, reply)) return true;
  const { status, headers, body } = fault;
  if (status === undefined) return false;
  const said = refused(world, at, new Refusal(status, 'Something went wrong'));
  await send(reply, { ...said, ...(headers && { headers }), ...(body !== undefined && { body }) });
  return true;
}

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

/** What the vendor does now, once or twice; or what a read showed a moment ago. */
function actOrRecall({ world, act, request }: Call, at: number, fault: Fault): Reply {
  if (world.closed) throw new Error('the simulator is closed');
  if (fault.staleMs !== undefined) return outcome(world, act, request, at, at - fault.staleMs);
  if (fault.twice === true) outcome(world, act, request, at);
  const result = outcome(world, act, request, at);
  world.changed();
  return result;
}

/** The number that a call is about, also where it stands in the body. */
function numberOf({ params, body }: FastifyRequest): string | undefined {
  const { number, from } = params as { number?: string; from?: string };
  return number ?? from ?? (body as { from?: string } | undefined)?.from;
}

/** What the vendor does and says at this instant, to a read perhaps as it was `asOf` then. */
function outcome(world: World, act: Act, request: FastifyRequest, now: number, asOf = now): Reply {
  try {
    if (request.headers.authorization !== `Token ${world.state.apiKey}`)
      throw new Refusal(401, 'Invalid API key');
    if (request.method !== 'GET') world.aboutToChange(now);
    const data = act({ request, now: asOf, world: asOf < now ? world.asOf(asOf) : world });
    return { status: 200, at: now, body: JSON.stringify(envelope(world, now, 'response', data)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refused(world, now, error);
  }
}

/** A refusal in the vendor's envelope. */
export function refused(world: World, at: number, { message, status, agreementUrl }: Refusal): Reply {
  const data = { error: message, status, ...(agreementUrl !== undefined && { agreement_url: agreementUrl }) };
  return { status, at, body: JSON.stringify(envelope(world, at, 'error', data)) };
}

function envelope(world: World, now: number, object: 'response' | 'error', data: unknown) {
  world.state.drawn += 1;
  const prefix = object === 'response' ? 'req' : 'err';
  return {
    id: id(prefix, world.state.seed, world.state.drawn),
    timestamp: writeTime(Math.round(now), world.options.dialect.envelopeTimes),
    api_version: API_VERSION,
    object,
    data,
  };
}
