/** Calls to a gateway that are timed and counted, by one of many clients. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Answer<T> {
  status: number;
  body: T;
}

/** What callers are told to live with: asked again after `Retry-After`, it counts as a limit and not as an error. */
const LIMITS = ['RateLimited', 'Overloaded', 'Busy'];

const LONGEST = 300;

export class Calls {
  /** Milliseconds of each call that was answered well, by operation. */
  readonly times = new Map<string, number[]>();
  /** How often each limit was met. */
  readonly limits = new Map<string, number>();
  readonly errors = new Map<string, number>();

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Undefined where it is an error, which is counted. */
  async ask<T>(
    operation: string,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<T | undefined> {
    for (;;) {
      const began = performance.now();
      const answer = await this.call<T>(method, path, body).catch((error: unknown) => String(error));
      const ms = performance.now() - began;
      if (typeof answer === 'string') {
        count(this.errors, `${operation}: ${answer}`);
        return undefined;
      }
      if (answer.status < 400) {
        const times = this.times.get(operation) ?? [];
        times.push(ms);
        this.times.set(operation, times);
        return answer.body;
      }
      const limit = limitOf(answer.body);
      if (limit === undefined) {
        count(this.errors, `${operation}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return undefined;
      }
      count(this.limits, limit);
      await sleep(1_000 * (1 + Math.random()));
    }
  }

  private async call<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  }
}

function limitOf(body: unknown): string | undefined {
  const type = (body as { type?: string }).type ?? '';
  return LIMITS.find((limit) => type.endsWith(`:${limit}`));
}

function count(counts: Map<string, number>, what: string): void {
  const key = what.slice(0, LONGEST);
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
