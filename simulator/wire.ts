/** How an answer leaves the simulator: whole, or as a fault would have it. */
import type { FastifyReply } from 'fastify';
import { unreadableRow } from './dialect.js';
import type { Fault } from './faults.js';

/** An answer, and when it was given. */
export interface Reply {
  status: number;
  at: number;
  body: string;
  headers?: Record<string, string>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

export async function send(reply: FastifyReply, { status, at, body, headers = {} }: Reply): Promise<void> {
  await reply
    .code(status)
    .headers({ ...JSON_TYPE, date: httpDate(at), ...headers })
    .send(body);
}

/** True: nothing is answered at all. */
export function takenOver(fault: Fault, reply: FastifyReply): boolean {
  if (fault.hang !== true && fault.reset !== true) return false;
  reply.hijack(); // where it hangs, the caller gives up, or the server closes
  if (fault.reset === true) reply.raw.socket?.resetAndDestroy();
  return true;
}

/** The vendor acted, and what it said arrives in part, in parts, or as something else. True: this was the answer. */
export async function garbled(
  fault: Fault,
  said: Reply,
  reply: FastifyReply,
  wait: () => Promise<unknown>,
): Promise<boolean> {
  if (!isGarbled(fault)) return false;
  reply.hijack();
  const { raw } = reply;
  const bytes = Buffer.from(fault.body ?? said.body);
  const part = Math.floor(bytes.length * (fault.cut ?? 0.5));
  const headers = { ...JSON_TYPE, date: httpDate(said.at), 'content-length': bytes.length };
  raw.writeHead(fault.status ?? said.status, headers);
  raw.flushHeaders();
  if (part > 0) raw.write(bytes.subarray(0, part));
  if (fault.hang === true) return true;
  if (fault.reset === true) {
    if (part > 0)
      raw.socket?.destroySoon(); // what is written goes out first
    else raw.socket?.resetAndDestroy();
    return true;
  }
  await wait();
  raw.end(bytes.subarray(part));
  return true;
}

function isGarbled({ reset, hang, delayMs, body }: Fault): boolean {
  return reset === true || hang === true || delayMs !== undefined || body !== undefined;
}

/** What a tolerant reader can still read: fields come, optional ones go, times are written in another of the vendor's ways. */
export function drifted(result: Reply): Reply {
  const body: unknown = JSON.parse(result.body, driftedValue);
  return { ...result, body: JSON.stringify(body) };
}

/** A list in which every row stands twice, or one row says nothing any more. */
export function withSpoiltRows(result: Reply, list: string, rows: NonNullable<Fault['rows']>): Reply {
  const body = JSON.parse(result.body) as { data: Record<string, unknown> };
  const all = body.data[list];
  if (!Array.isArray(all)) return result; // an error, or another shape
  const [first, ...others] = all as object[];
  const spoiled =
    rows === 'doubled'
      ? all.flatMap((row: object) => [row, row])
      : first && [unreadableRow(first), ...others];
  return { ...result, body: JSON.stringify({ ...body, data: { ...body.data, [list]: spoiled ?? [] } }) };
}

const OPTIONAL = ['requirements', 'e911_capable', 'api_version'];
const TIMES = ['timestamp', 'created_at', 'start', 'terminated_at'];
const FIRST_IN_MS = 1e12;

function driftedValue(key: string, value: unknown): unknown {
  if (OPTIONAL.includes(key)) return undefined;
  if (TIMES.includes(key) && typeof value === 'number')
    return new Date(value < FIRST_IN_MS ? value * 1_000 : value).toISOString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return { ...value, region_code: 'eu-1', deprecated: null };
}

function httpDate(at: number): string {
  return new Date(at).toUTCString();
}
