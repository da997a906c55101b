/** A gateway in front of a world, and calls to it as any program would make them. */
import { expect } from 'vitest';
import { createGateway, type GatewayOptions } from '../../gateway/index.js';
import { makeKey, readKeys } from '../../gateway/keys.js';
import type { Problem } from '../../gateway/problems.js';
import { OPERATIONS } from '../../gateway/routes/index.js';
import { problem } from '../../gateway/schemas.js';
import type { DevWorld } from './dev-world.js';

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}

export class TestGateway {
  private constructor(
    private readonly app: ReturnType<typeof createGateway>,
    readonly url: string,
    /** Of the scope `full`, with which calls are made. */
    readonly key: string,
    readonly readKey: string,
  ) {}

  static async open(
    { client, taskQueue }: Pick<DevWorld, 'client' | 'taskQueue'>,
    options: Partial<GatewayOptions> = {},
  ): Promise<TestGateway> {
    const full = makeKey('writer', 'full');
    const read = makeKey('reader', 'read');
    const { keys } = readKeys([full.entry, read.entry].join(','));
    const app = createGateway({ client, taskQueue, keys, rate: 10_000, concurrency: 100, ...options });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return new TestGateway(app, url, full.key, read.key);
  }

  /** @param route such as `POST /v1/leases` */
  async call<T = unknown>(
    route: string,
    body?: unknown,
    headers: Record<string, string> = {},
    key = this.key,
  ): Promise<Reply<T>> {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(key !== '' && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer: unknown = JSON.parse(await response.text());
    assertDocumented(method, path, response.status, answer);
    return { status: response.status, headers: response.headers, body: answer as T };
  }

  /** The body of an answer that must have this status. */
  async ask<T = Record<string, unknown>>(
    expected: number,
    route: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await this.call<T>(route, body, headers);
    expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(new RegExp(`^${expected} `));
    return answer.body;
  }

  /** The problem that a call is answered with. */
  async problem(
    expected: number,
    route: string,
    body?: unknown,
    headers: Record<string, string> = {},
    key = this.key,
  ): Promise<Problem> {
    const answer = await this.call<Problem>(route, body, headers, key);
    expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(new RegExp(`^${expected} `));
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return answer.body;
  }

  close(): Promise<void> {
    return Promise.resolve(this.app.close());
  }
}

/** What is answered is what the OpenAPI document says. */
function assertDocumented(method: string, path: string, status: number, answer: unknown): void {
  if (status >= 400) {
    expect(problem.safeParse(answer).error?.issues).toBeUndefined();
    return;
  }
  const where = path.split('?')[0] ?? path;
  const operation = OPERATIONS.find(
    (each) => each.method === method && new RegExp(`^${each.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(where),
  );
  const schema = operation?.answers[status]?.schema;
  expect(schema, `${method} ${where} documents an answer ${status}`).toBeDefined();
  expect(schema?.safeParse(answer).error?.issues).toBeUndefined();
}

export const typeOf = (type: string): string => `urn:leasehold:problem:${type}`;
