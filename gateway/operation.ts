import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Leasehold } from '../client/leasehold.js';
import { invalidRequest } from '../domain/invalid-request.js';
import { fields } from '../domain/request-parts.js';
import type { Scope } from './keys.js';
import { refused, type ProblemType } from './problems.js';
import { MOST_WAIT_MS, waitOf, type Waits } from './waiting.js';

/** What one request of the interface is: routes and the OpenAPI document are both made from it. */
export interface Operation {
  id: string;
  method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/v1/leases/{number}`. */
  path: string;
  scope: Scope;
  tag: string;
  summary: string;
  description?: string;
  params: z.ZodObject;
  query: z.ZodObject;
  body?: z.ZodType;
  /** Without it an empty body will do. */
  needsBody: boolean;
  /** The body's field that the header `Idempotency-Key` stands for. */
  key?: string;
  /** Milliseconds that it waits where the caller says nothing; undefined: it never waits. */
  waitMs?: number;
  answers: Record<number, AnswerKind>;
  problems: ProblemType[];
  handle(surroundings: Surroundings, request: FastifyRequest, reply: FastifyReply): Promise<Answer>;
}

export interface AnswerKind {
  description: string;
  schema: z.ZodType;
  /** What the header `Location` leads to. */
  location?: string;
}

export interface Answer {
  status: number;
  body: unknown;
  location?: string;
}

/** What every operation works with. */
export interface Surroundings {
  leasehold: Leasehold;
  waits: Waits;
}

/** A request whose every part was checked. */
export interface Call<Params, Query, Body> {
  leasehold: Leasehold;
  params: Params;
  query: Query;
  body: Body;
  /** The header `Idempotency-Key`, where it was given. */
  idempotencyKey: string | undefined;
  /** The work's result, or undefined where the caller does not wait for so long. */
  within: <T>(work: () => Promise<T>) => Promise<T | undefined>;
}

type Shape = z.core.$ZodLooseShape;
type Fields<S extends Shape> = z.infer<z.ZodObject<S>>;

interface Given<Params extends Shape, Query extends Shape, Body> extends Pick<
  Operation,
  'id' | 'method' | 'path' | 'scope' | 'tag' | 'summary' | 'description' | 'key' | 'waitMs' | 'answers'
> {
  params?: Params;
  query?: Query;
  body?: z.ZodType<Body>;
  needsBody?: boolean;
  problems?: ProblemType[];
  run: (call: Call<Fields<Params>, Fields<Query>, Body>) => Promise<Answer>;
}

const WAIT = z.string().meta({
  description: `How long to wait, at most ${MOST_WAIT_MS / 1000} seconds; \`Prefer: wait=30\` asks for the same.`,
  examples: ['30s'],
});

export function operation<Params extends Shape = Shape, Query extends Shape = Shape, Body = unknown>(
  given: Given<Params, Query, Body>,
): Operation {
  const { run, params = {}, query = {}, ...rest } = given;
  const full: Omit<Operation, 'handle'> = {
    problems: [],
    needsBody: given.body !== undefined,
    ...rest,
    params: fields(params),
    query: fields({ ...query, ...(given.waitMs !== undefined && { wait: WAIT.exactOptional() }) }),
  };
  return { ...full, handle };

  async function handle({ leasehold, waits }: Surroundings, request: FastifyRequest, reply: FastifyReply) {
    const { wait, ...asked } = valid(full.query, request.query) as Record<string, unknown>;
    const limitMs = given.waitMs === undefined ? 0 : waitOf(request, wait, given.waitMs);
    return run({
      leasehold,
      params: valid(full.params, request.params) as Fields<Params>,
      query: asked as Fields<Query>,
      body: bodyOf(full, request) as Body,
      idempotencyKey: idempotencyKeyOf(request),
      within: (work) => waits.within(limitMs, reply, work),
    });
  }
}

function bodyOf({ body, key, needsBody }: Omit<Operation, 'handle'>, request: FastifyRequest): unknown {
  if (!body) return undefined;
  const given = request.body ?? (needsBody && key === undefined ? undefined : {});
  return valid(body, key === undefined ? given : withKey(given, key, idempotencyKeyOf(request)));
}

/** The header and the field are two ways to say the same; who says both says the same twice. */
function withKey(body: unknown, field: string, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const own: unknown = Reflect.get(body, field);
  if (own !== undefined && own !== key) {
    const detail = `${field} and the header Idempotency-Key must be the same where both are given`;
    throw refused('InvalidRequest', { detail, field });
  }
  return { ...body, [field]: key };
}

function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(key)) return key;
  const detail = 'Idempotency-Key must be one line of ASCII; another reference goes into the body';
  throw refused('InvalidRequest', { detail, field: 'Idempotency-Key' });
}

/** @throws InvalidRequestError that names the first wrong field */
function valid(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues, input);
}
