import { Pool } from 'undici';
import type { z } from 'zod';
import { routeOf, type CallSeen, type OnCall } from './call-seen.js';
import type { Answer } from './contiguity.js';
import { discreet, type Confidential } from './discretion.js';
import { envelopeFacts, success, vendorError } from './envelope.js';
import { ContiguityError } from './errors.js';
import { exchange, NoReply, type Reply } from './exchange.js';
import { heldBack, judgeAnswer, judgeSilence, unreadable, type Judged } from './outcome.js';
import type { Pace, Turns } from './pace.js';

export interface HttpOptions {
  baseUrl: string;
  apiKey: string;
  /** One limit for connecting, headers and body together. */
  callTimeoutMs: number;
  maxBodyBytes: number;
  connections: number;
  keepAliveMs: number;
  /** Says when a call may go; without one all go at once. */
  pace?: Pace;
  onCall?: OnCall;
}

export interface Call<T> extends Turns {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path below the base URL, encoded. */
  path: string;
  /** The path as errors and logs show it; recipients in it are masked. */
  shown?: string;
  body?: Record<string, unknown>;
  /** What no error of this call may repeat. */
  confidential?: Omit<Confidential, 'apiKey'>;
  schema: z.ZodType<T>;
  /** What a 404 in the vendor's own envelope means: its lists answer so when they are empty. */
  emptyOn404?: T;
}

/** Errors stand in logs and histories: their texts are bounded, in characters. */
const MESSAGE_AT_MOST = 300;
const WORD_AT_MOST = 2_000;

/** One attempt a call over a pool of connections. Everything that goes wrong is a `ContiguityError`. */
export class Http {
  private readonly pool: Pool;
  private readonly prefix: string;
  private closing?: Promise<void>;

  constructor(private readonly options: HttpOptions) {
    const { baseUrl, connections, keepAliveMs, callTimeoutMs } = options;
    const { origin, pathname } = new URL(baseUrl);
    this.prefix = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, {
      connections,
      keepAliveTimeout: keepAliveMs,
      connect: { timeout: callTimeoutMs },
      headersTimeout: 0, // the call's one limit covers both
      bodyTimeout: 0,
    });
  }

  async call<T>(call: Call<T>): Promise<Answer<T>> {
    await this.waitForTurn(call);
    const seen = watch(call);
    try {
      const understood = await this.attempt(call, seen);
      this.tell(seen, 'confirmed');
      return understood;
    } catch (error) {
      this.tell(seen, error instanceof ContiguityError ? error.outcome : 'ambiguous');
      throw error;
    }
  }

  private async attempt<T>(call: Call<T>, seen: Seen): Promise<Answer<T>> {
    const { status, headers, text } = await this.exchange(call, seen);
    if (status !== 429) this.options.pace?.took();
    const body = parseJson(text);
    if (status >= 200 && status < 300) return this.understand(call, status, body);
    const judged = judgeAnswer({ status, body, retryAfter: headers['retry-after'] });
    if (status === 429) this.options.pace?.refused(judged.facts.retryAfterMs);
    if (status === 404 && call.emptyOn404 !== undefined && judged.facts.byVendor) {
      return { ...answer(body, call.emptyOn404), notFound: true };
    }
    throw this.error(call, judged);
  }

  private tell(
    { route, began, ended = performance.now(), status }: Seen,
    outcome: CallSeen['outcome'],
  ): void {
    this.options.onCall?.({ route, status, outcome, milliseconds: ended - began });
  }

  close(): Promise<void> {
    this.closing ??= this.pool.close();
    return this.closing;
  }

  private async waitForTurn<T>(call: Call<T>): Promise<void> {
    const back = await this.options.pace?.comes(call);
    if (back) throw this.error(call, heldBack(back.backAfterMs));
  }

  private async exchange<T>(call: Call<T>, seen: Seen): Promise<Reply> {
    const { apiKey, callTimeoutMs: timeoutMs, maxBodyBytes } = this.options;
    const { method, path, body } = call;
    const headers = {
      authorization: `Token ${apiKey}`,
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
    };
    const request = { method, path: this.prefix + path, headers, body: body ? JSON.stringify(body) : null };
    try {
      const reply = await exchange(this.pool, request, { timeoutMs, maxBodyBytes });
      seen.status = reply.status;
      return reply;
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      throw this.error(call, judgeSilence(error));
    } finally {
      seen.ended = performance.now();
    }
  }

  private understand<T>(call: Call<T>, status: number, body: unknown): Answer<T> {
    const wrapped = success.safeParse(body);
    if (!wrapped.success) {
      const said = vendorError(status, body);
      const why = said === undefined ? "is not in the vendor's envelope" : `is an error: ${said.message}`;
      throw this.error(call, unreadable(status, `the answer ${why}`, said?.inEnvelope ?? false));
    }
    const { data, object } = wrapped.data;
    const understood = call.schema.safeParse(data);
    if (understood.success) return answer(body, understood.data);
    const [issue] = understood.error.issues;
    const where = issue ? `${issue.path.join('.') || 'data'}: ${issue.message}` : 'unknown shape';
    const why = `the answer cannot be understood: ${where}`;
    throw this.error(call, unreadable(status, why, object !== undefined));
  }

  /** Should the vendor ever echo the key, a recipient or a text, it goes no further than here. */
  private error<T>(call: Call<T>, { outcome, facts }: Judged): ContiguityError {
    const { method, path, shown = decodeURIComponent(path) } = call;
    const { message, requestId, agreementUrl, ...rest } = facts;
    const confidential = { apiKey: this.options.apiKey, ...call.confidential };
    const clean = (words: string, atMost: number) => discreet(words, confidential, atMost);
    // Half an id or half a link leads nowhere: what cannot be shown whole is left out.
    const whole = (words: string | undefined) => words !== undefined && clean(words, WORD_AT_MOST) === words;
    return new ContiguityError(method, shown, outcome, {
      ...rest,
      message: clean(message, MESSAGE_AT_MOST),
      ...(whole(requestId) && { requestId }),
      ...(whole(agreementUrl) && { agreementUrl }),
    });
  }
}

/** A call that is under way; times of `performance.now`. */
interface Seen {
  route: string;
  began: number;
  ended?: number;
  status: number | undefined;
}

function watch<T>({ method, path }: Call<T>): Seen {
  return { route: routeOf(method, path), began: performance.now(), status: undefined };
}

function answer<T>(body: unknown, data: T): Answer<T> {
  const { timestamp, id } = envelopeFacts.safeParse(body).data ?? {};
  return {
    data,
    ...(timestamp !== undefined && { vendorTime: timestamp }),
    ...(id !== undefined && { requestId: id }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
