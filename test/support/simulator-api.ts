/** Plain calls to a simulator for its own tests: no client of ours in between. */
import { expect } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/index.js';

export const RECIPIENT = '+12025550123';
export const START = Date.UTC(2026, 0, 31, 12);
export const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;

export interface Envelope<T = Record<string, unknown>> {
  id: string;
  timestamp: number;
  api_version: string;
  object: string;
  data: T & { error?: string; agreement_url?: string };
}

export interface VendorNumber {
  id: string;
  status: string;
  location: { country: string; region: string; city: string };
  carrier: string;
  capabilities: { intl_sms: boolean; channels: string[] };
  health: { reputation: number };
  data: { requirements?: string[] };
  created_at: number | string;
  pricing: { currency: string; upfront_fee: number; monthly_rate: number };
  lease_id?: string;
  lease_status?: string;
}

interface Init {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** A simulator on a clock that the test moves. */
export class SimulatedApi {
  private constructor(
    readonly simulator: Simulator,
    readonly clock: { time: number },
  ) {}

  static async start(options: SimulatorOptions = {}, time = START): Promise<SimulatedApi> {
    const clock = { time };
    const termination = { minMs: 10 * SECOND_MS, maxMs: 10 * SECOND_MS };
    const simulator = await startSimulator({ clock: { now: () => clock.time }, termination, ...options });
    return new SimulatedApi(simulator, clock);
  }

  get controls(): Simulator['controls'] {
    return this.simulator.controls;
  }

  pass(ms: number): void {
    this.clock.time += ms;
  }

  fetch(path: string, init: Init = {}): Promise<Response> {
    const headers = { authorization: `Token ${this.simulator.apiKey}`, ...init.headers };
    return fetch(`${this.simulator.url}${path}`, { ...init, headers });
  }

  /** An answer in the vendor's envelope, of this status. */
  async call<T = Record<string, unknown>>(
    status: number,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Envelope<T>> {
    const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await this.fetch(path, { method, ...(body !== undefined && json) });
    const envelope = (await response.json()) as Envelope<T>;
    expect(`${response.status} ${envelope.data.error ?? ''}`).toMatch(new RegExp(`^${status} `));
    expect(envelope.object).toBe(status === 200 ? 'response' : 'error');
    return envelope;
  }

  async numbers(): Promise<VendorNumber[]> {
    const { data } = await this.call<{ numbers: VendorNumber[] }>(200, 'GET', '/numbers/leases');
    return data.numbers;
  }

  /** A free number that needs nothing of the account; another one for each `nth`. */
  async plain(nth = 0): Promise<VendorNumber> {
    const free = (await this.numbers()).filter(({ data }) => (data.requirements ?? []).length === 0);
    return free[nth]!;
  }

  async get(number: string): Promise<VendorNumber> {
    return (await this.call<VendorNumber>(200, 'GET', `/numbers/${number}`)).data;
  }

  async lease(number: string): Promise<string> {
    const { data } = await this.call<{ lease_id: string }>(200, 'POST', `/numbers/lease/${number}`, {});
    return data.lease_id;
  }

  terminate(number: string): Promise<Envelope> {
    return this.call(200, 'DELETE', `/numbers/leased/${number}`);
  }

  send(from: string, message = 'Hello', status = 200): Promise<Envelope> {
    return this.call(status, 'POST', '/send/text', { from, to: RECIPIENT, message });
  }

  /** A control over HTTP, as somebody without the key gives it. */
  async control(path: string, body?: unknown): Promise<Response> {
    const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return fetch(`${this.simulator.url}/simulator/${path}`, {
      method: 'POST',
      ...(body !== undefined && json),
    });
  }

  async kinds(): Promise<string[]> {
    return (await this.controls.ledger()).entries.map(({ kind }) => kind);
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}
