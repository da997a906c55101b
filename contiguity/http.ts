import { Agent, request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import type { Answer } from './contiguity.js';
import { ContiguityError } from './errors.js';
import { judgeAnswer, judgeError, unreadable, type Judged } from './outcome.js';
import { envelope, envelopeFacts } from './schemas.js';

export interface HttpOptions {
  baseUrl: string;
  apiKey: string;
  /** One limit for connecting, headers and body together. */
  callTimeoutMs: number;
  maxBodyBytes: number;
  connections: number;
  keepAliveMs: number;
}

export interface Call<T> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path below the base URL, encoded. */
  path: string;
  /** The path as errors and logs show it; recipients in it are masked. */
  shown?: string;
  body?: Record<string, unknown>;
  /** Words of the request that no error may repeat, whatever the vendor echoes: recipients and texts. */
  hidden?: string[];
  schema: z.ZodType<T>;
  /** What a 404 in the vendor's own envelope means: its lists answer so when they are empty. */
  emptyOn404?: T;
}

/** Errors stand in logs and histories: their texts are bounded. */
const MESSAGE_AT_MOST = 300;
const FACT_AT_MOST = 2_000;
/** A shorter word tells nothing, and hiding it would garble every other one. */
const HIDDEN_AT_LEAST = 4;

/** One attempt a call over a pool of connections. Everything that goes wrong is a `ContiguityError`. */
export class Http {
  private readonly agent: Agent;

  constructor(private readonly options: HttpOptions) {
    const { connections, keepAliveMs, callTimeoutMs } = options;
    this.agent = new Agent({
      connections,
      keepAliveTimeout: keepAliveMs,
      connect: { timeout: Math.ceil(callTimeoutMs / 2) },
      headersTimeout: callTimeoutMs,
      bodyTimeout: callTimeoutMs,
    });
  }

  async call<T>(call: Call<T>): Promise<Answer<T>> {
    const { status, headers, text } = await this.exchange(call);
    const body = parseJson(text);
    if (status >= 200 && status < 300) return this.understand(call, status, body);
    const retryAfter = headers['retry-after'];
    const judged = judgeAnswer({
      status,
      body,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    });
    if (status === 404 && call.emptyOn404 !== undefined && judged.facts.byVendor) {
      return this.understood(body, call.emptyOn404);
    }
    throw this.error(call, judged);
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async exchange<T>(
    call: Call<T>,
  ): Promise<{ status: number; headers: Dispatcher.ResponseData['headers']; text: string }> {
    const { baseUrl, apiKey, callTimeoutMs } = this.options;
    try {
      const response = await request(`${baseUrl}${call.path}`, {
        dispatcher: this.agent,
        method: call.method,
        headers: {
          authorization: `Token ${apiKey}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: AbortSignal.timeout(callTimeoutMs),
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        text: await this.bounded(response.body),
      };
    } catch (error) {
      throw this.error(call, judgeError(error), error);
    }
  }

  /** Reads a body, but never more of it than the limit: an endless one must not fill the memory. */
  private async bounded(body: Dispatcher.ResponseData['body']): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk as Uint8Array);
      size += bytes.length;
      if (size > this.options.maxBodyBytes)
        throw new Error(`the answer is larger than ${this.options.maxBodyBytes} bytes`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  private understand<T>(call: Call<T>, status: number, body: unknown): Answer<T> {
    const wrapped = envelope.safeParse(body);
    if (!wrapped.success)
      throw this.error(call, unreadable(status, "the answer is not in the vendor's envelope"));
    const data = call.schema.safeParse(wrapped.data.data);
    if (!data.success) {
      const [issue] = data.error.issues;
      const where = issue ? `${issue.path.join('.') || 'data'}: ${issue.message}` : 'unknown shape';
      throw this.error(call, unreadable(status, `the answer cannot be understood: ${where}`));
    }
    return this.understood(body, data.data);
  }

  private understood<T>(body: unknown, data: T): Answer<T> {
    const { timestamp, id } = envelopeFacts.safeParse(body).data ?? {};
    return {
      data,
      ...(timestamp !== undefined && { vendorTime: timestamp }),
      ...(id !== undefined && { requestId: id }),
    };
  }

  private error<T>(call: Call<T>, { outcome, facts }: Judged, cause?: unknown): ContiguityError {
    const { method, path, shown = decodeURIComponent(path) } = call;
    const { message, requestId, agreementUrl } = facts;
    const code =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
        ? { cause: cause.code }
        : {};
    const cleaned = {
      ...facts,
      message: this.clean(call, message, MESSAGE_AT_MOST),
      ...(requestId !== undefined && { requestId: this.clean(call, requestId, FACT_AT_MOST) }),
      ...(agreementUrl !== undefined && { agreementUrl: this.clean(call, agreementUrl, FACT_AT_MOST) }),
    };
    return new ContiguityError(method, shown, outcome, cleaned, code);
  }

  /** Should the vendor ever echo the key, a recipient or a text, it goes no further than here. Hidden, then cut: half a key is one too. */
  private clean<T>({ hidden = [] }: Call<T>, text: string, atMost: number): string {
    return [this.options.apiKey, ...hidden]
      .filter((word) => word.length >= HIDDEN_AT_LEAST)
      .reduce((rest, word) => rest.replaceAll(word, '***'), text)
      .slice(0, atMost);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
