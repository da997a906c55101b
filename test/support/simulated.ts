/** A simulator for one test, and calls to it as bytes on the wire: what it answers, unread by any client of ours. */
import { expect, onTestFinished } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';

export interface Wire {
  status: number;
  headers: Headers;
  body: { object?: string; data: Record<string, unknown>; error?: string; [field: string]: unknown };
}

export class Simulated {
  private constructor(
    readonly simulator: Simulator,
    private readonly time: { now: number },
  ) {}

  /** On a clock that stands still; closed at the end of the test. */
  static async open(options: SimulatorOptions = {}, start = Date.UTC(2026, 0, 1)): Promise<Simulated> {
    const time = { now: start };
    const simulator = await startSimulator({ clock: { now: () => time.now }, ...options });
    onTestFinished(() => simulator.close());
    return new Simulated(simulator, time);
  }

  get now(): number {
    return this.time.now;
  }

  skip(milliseconds: number): void {
    this.time.now += milliseconds;
  }

  skipTo(instant: string): void {
    this.time.now = Date.parse(instant);
  }

  async call(route: string, body?: unknown, apiKey = this.simulator.apiKey): Promise<Wire> {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(`${this.simulator.url}${path}`, {
      method,
      headers: { authorization: `Token ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: (await response.json()) as Wire['body'] };
  }

  /** Data of an answer that must have this status. */
  async data<T = Record<string, unknown>>(
    expected: number,
    route: string,
    body?: unknown,
  ): Promise<T & { error?: string }> {
    const answer = await this.call(route, body);
    expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(new RegExp(`^${expected} `));
    return answer.body.data as T & { error?: string };
  }

  get(number: string): Promise<WireNumber> {
    return this.data(200, `GET /numbers/${number}`);
  }

  /** The lease's id. */
  async lease(number: string): Promise<string> {
    return (await this.data<{ lease_id: string }>(200, `POST /numbers/lease/${number}`, {})).lease_id;
  }

  terminate(number: string): Promise<Record<string, unknown>> {
    return this.data(200, `DELETE /numbers/leased/${number}`);
  }

  /** The message's id. */
  async send(from: string, message = 'Hello', to = '+12025550123'): Promise<string> {
    const text = { from, to, message };
    return (await this.data<{ message_id: string }>(200, 'POST /send/text', text)).message_id;
  }

  /** Free numbers that need nothing of the account and are paid in US dollars. */
  async plain(): Promise<string[]> {
    const { body } = await this.call('GET /numbers/leases');
    const numbers = body.data['numbers'] as WireNumber[];
    return numbers
      .filter(({ data, pricing }) => (data.requirements ?? []).length === 0 && pricing.currency === 'USD')
      .map(({ id }) => id);
  }
}

export interface WireNumber {
  id: string;
  status: string;
  data: { requirements?: string[] };
  pricing: { currency: string; upfront_fee: number; monthly_rate: number };
}
