/** Every kind of fault, on every route and in every phase: that it is drawn, what the caller sees, who acted. */
import { beforeAll, describe, expect, it } from 'vitest';
import { everyFault, PRODUCT_ROUTES } from '../../simulator/fault-kinds.js';
import { seededFaults } from '../../simulator/fault-profiles.js';
import { faultName, type Fault, type FaultedCall } from '../../simulator/faults.js';
import { startSimulator, type Simulator } from '../../simulator/index.js';
import { VENDOR_ROUTES } from '../../simulator/vendor-routes.js';
import { ROUTE } from '../support/plan.js';

const START = Date.UTC(2026, 0, 1, 12);
const SLOW_MS = 80;
/** Of a caller who will get no answer, and of the others. */
const PATIENCE_MS = { 'time-out': 150, else: 10_000 };
const DRAWS = 4_000;
const MAINTENANCE = 'before | maintenance';

const faults = seededFaults(11, 'storm', { slowMs: SLOW_MS });

/** For each name of a fault a call that it is drawn for. */
function drawnOn(routes: readonly string[]): Map<string, FaultedCall> {
  const drawn = new Map<string, FaultedCall>();
  for (const route of routes) {
    for (let nth = 1; nth <= DRAWS; nth += 1) {
      const call = { route, number: '+14155550123', nth, at: START + nth * 60_000 };
      const fault = faults.decide(call);
      if (fault) drawn.set(faultName(route, fault), call);
    }
  }
  return drawn;
}

const drawn = drawnOn(PRODUCT_ROUTES);

describe('the list of faults', () => {
  it('is what is drawn, on every route of the product and of the vendor', () => {
    expect([...drawn.keys()].sort()).toEqual(everyFault().sort());
    expect([...drawnOn(VENDOR_ROUTES).keys()].sort()).toEqual(everyFault(VENDOR_ROUTES).sort());
  });

  it('names the routes that the product calls as the vendor has them', () => {
    expect([...PRODUCT_ROUTES].sort()).toEqual(Object.values(ROUTE).sort());
    expect(VENDOR_ROUTES).toEqual(expect.arrayContaining([...PRODUCT_ROUTES]));
  });

  it('has no name twice', () => {
    expect(new Set(everyFault(VENDOR_ROUTES)).size).toBe(everyFault(VENDOR_ROUTES).length);
  });
});

type Broken = 'time-out' | 'torn';

/** What the caller has of an answer: how far it came, and what broke it off. */
interface Seen {
  status?: number;
  headers?: Headers;
  text?: string;
  error?: Broken;
  tookMs: number;
}

/** Well enough known to tell: how often the vendor acted on a call that changes something, and what came back. */
type Effect = [acted: 0 | 1 | 'late' | 'twice', seen: (seen: Seen, number: string) => void];

const nothing = ({ status, error }: Seen) => expect({ status, error }).toEqual({ error: 'time-out' });
const torn = ({ status, error }: Seen) => expect({ status, error }).toEqual({ error: 'torn' });
const begun =
  (how: Broken) =>
  ({ status, error, text }: Seen) =>
    expect({ status, error, text }).toEqual({ status: 200, error: how, text: undefined });
const slow = (seen: Seen) => {
  whole(seen);
  expect(seen.tookMs).toBeGreaterThanOrEqual(SLOW_MS - 5);
};
const whole = ({ status, text = '' }: Seen) => {
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ object: 'response', api_version: expect.any(String) as string });
};
const page = (expected: number) => (seen: Seen) => {
  expect(seen.status).toBe(expected);
  expect(seen.headers?.get('content-type')).toBe('text/html');
  expect(seen.text).toMatch(/^<html>/);
};
const envelope = (expected: number) => (seen: Seen) => {
  expect(seen.status).toBe(expected);
  expect(JSON.parse(seen.text ?? '')).toMatchObject({ object: 'error', data: { status: expected } });
};
const limit = (retryAfter: string | null) => (seen: Seen) => {
  envelope(429)(seen);
  expect(seen.headers?.get('retry-after')).toBe(retryAfter);
};
/** By the vendor's own clock. */
const limitWithDate = (seen: Seen) => {
  envelope(429)(seen);
  const [until = '', now = ''] = ['retry-after', 'date'].map((name) => seen.headers?.get(name) ?? '');
  expect(Date.parse(until) - Date.parse(now)).toBe(30_000);
};
const drift = (seen: Seen) => {
  const body = JSON.parse(seen.text ?? '') as Record<string, unknown>;
  expect(body).toMatchObject({
    region_code: 'eu-1',
    timestamp: expect.stringMatching(/^2026-.*Z$/) as string,
  });
  expect(body['data']).toMatchObject({ region_code: 'eu-1' });
  expect(body).not.toHaveProperty('api_version');
};
/** The lease and the text of this very instant do not show yet. */
const asBefore = ({ status, text = '' }: Seen, number: string) => {
  expect(text).not.toMatch(/lease_id|Hello/);
  if (status === 200) expect(text).toContain(`"status":"available","number":{"e164":"${number}"`);
  else envelope(404)({ status: 404, text, tookMs: 0 });
};
const refusedTheSecondTime = ({ status }: Seen) => expect([200, 400]).toContain(status);

const ofRefusals = (effect: (status: number) => [string, Effect]): Record<string, Effect> =>
  Object.fromEntries([400, 404, 409, 429].map(effect));
/** What each row of a list is about. */
const rowsOf = (text: string): string[] => {
  const { data } = JSON.parse(text) as { data: Record<string, { id?: string; message?: string }[]> };
  const rows = data['numbers'] ?? data['conversation'] ?? [];
  return rows.map(({ id, message }) => id ?? message ?? 'nothing');
};
const doubled = ({ text = '' }: Seen) => {
  const rows = rowsOf(text);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toHaveLength(2 * new Set(rows).size);
};

const EFFECTS: Record<string, Effect> = {
  'before | time-out': [0, nothing],
  'before | reset': [0, torn],
  'before | slow': [1, slow],
  'before | 500': [0, envelope(500)],
  'before | 502 page': [0, page(502)],
  'before | 503': [0, envelope(503)],
  'before | 408': [0, envelope(408)],
  'before | 499': [0, envelope(499)],
  'before | 402': [0, envelope(402)],
  'before | 404 page': [0, page(404)],
  'before | 403 page': [0, page(403)],
  'before | 429 without Retry-After': [0, limit(null)],
  'before | 429 seconds': [0, limit('2')],
  'before | 429 date': [0, limitWithDate],
  'before | 429 past date': [0, limit('Wed, 21 Oct 2015 07:28:00 GMT')],
  'before | 429 nonsense': [0, limit('soon')],
  'before | 429 ten hours': [0, limit('36000')],
  [MAINTENANCE]: [0, page(503)],
  'before | acts late': ['late', torn],
  ...ofRefusals((status) => [`before | ${status}, a copy acts late`, ['late', envelope(status)]]),
  'after | time-out': [1, nothing],
  ...ofRefusals((status) => [`after | ${status} to a copy`, [1, envelope(status)]]),
  'after | reset': [1, torn],
  'after | slow': [1, slow],
  'after | 500': [1, envelope(500)],
  'after | 503': [1, envelope(503)],
  'after | 504 page': [1, page(504)],
  'after | 408': [1, envelope(408)],
  'after | 499': [1, envelope(499)],
  'after | twice': ['twice', refusedTheSecondTime],
  'answering | time-out': [1, begun('time-out')],
  'answering | reset': [1, ({ error, text }) => expect({ error, text }).toEqual({ error: 'torn' })],
  'answering | half body': [1, begun('torn')],
  'answering | slow': [1, slow],
  'answering | unreadable': [1, ({ text = '' }) => expect(() => void JSON.parse(text)).toThrow(SyntaxError)],
  'answering | empty object': [1, ({ status, text }) => expect([status, text]).toEqual([200, '{}'])],
  'answering | drift': [1, drift],
  'answering | doubled rows': [1, doubled],
  'answering | unreadable row': [1, ({ text = '' }) => expect(rowsOf(text)).toContain('nothing')],
  'answering | stale': [1, asBefore],
  'answering | again late': [1, whole],
};

/** One simulator for all of them; each takes numbers that no other one has touched. */
class Bench {
  private time = START;
  private next: FaultedCall | undefined;
  private used = 0;
  /** Of the text that was sent last. */
  private messageId = '';

  private constructor(
    readonly simulator: Simulator,
    private readonly numbers: string[],
  ) {}

  static async open(): Promise<Bench> {
    const plan: { bench?: Bench } = {};
    const decide = (call: FaultedCall) => plan.bench?.take(call);
    const clock = { now: () => plan.bench?.time ?? START };
    const termination = { minMs: 1e9, maxMs: 1e9 };
    const simulator = await startSimulator({ clock, faults: { decide }, termination, inventorySize: 1_000 });
    const response = await fetch(`${simulator.url}/numbers/leases`, headersOf(simulator));
    const { data } = (await response.json()) as { data: { numbers: Record } };
    type Record = { id: string; data: { requirements?: string[] } }[];
    const free = data.numbers.filter((number) => (number.data.requirements ?? []).length === 0);
    return (plan.bench = new Bench(
      simulator,
      free.map(({ id }) => id),
    ));
  }

  private take({ at }: FaultedCall): Fault | undefined {
    const call = this.next;
    this.next = undefined;
    if (!call) return undefined;
    return faults.decide({
      ...call,
      at: drawn.get(`${call.route} | ${MAINTENANCE}`) === call ? call.at : at,
    });
  }

  /** The route's call with the fault that is drawn for this call, on a number for which it would go well. */
  async break(call: FaultedCall): Promise<{ number: string; seen: Seen }> {
    const { route } = call;
    const number = this.numbers[(this.used += 1)] ?? '';
    if (route !== ROUTE.lease) await this.call(ROUTE.lease, number);
    if (route === ROUTE.history || route === ROUTE.message) {
      const { text = '' } = await this.call(ROUTE.send, number);
      this.messageId = (JSON.parse(text) as { data: { message_id: string } }).data.message_id;
    }
    this.next = call;
    const isTimeOut = faults.decide(call)?.kind === 'time-out';
    return {
      number,
      seen: await this.call(route, number, isTimeOut ? PATIENCE_MS['time-out'] : PATIENCE_MS.else),
    };
  }

  async call(route: string, number: string, patienceMs = PATIENCE_MS.else): Promise<Seen> {
    const [method = '', path = ''] = route.split(' ');
    const to = '+12025550123';
    const filled = { number, from: number, to, limit: '20', id: this.messageId };
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof filled) => filled[name]);
    const body = route === ROUTE.send && JSON.stringify({ from: number, to, message: 'Hello' });
    return look(`${this.simulator.url}${url}`, {
      method,
      ...headersOf(this.simulator),
      ...(body !== false && { body }),
      signal: AbortSignal.timeout(patienceMs),
    });
  }

  skip(ms: number): void {
    this.time += ms;
  }

  /** How often the vendor did to this number what the route is for. */
  async acted(route: string, number: string): Promise<number> {
    const kind = { [ROUTE.lease]: 'leased', [ROUTE.terminate]: 'terminate-requested', [ROUTE.send]: 'text' }[
      route
    ];
    const { entries } = await this.simulator.controls.ledger();
    return entries.filter((entry) => entry.kind === kind && entry.number === number).length;
  }
}

function headersOf({ apiKey }: Simulator) {
  return { headers: { authorization: `Token ${apiKey}`, 'content-type': 'application/json' } };
}

async function look(url: string, init: RequestInit): Promise<Seen> {
  const began = performance.now();
  const tookMs = () => performance.now() - began;
  const broke = (error: unknown): Broken =>
    error instanceof Error && error.name === 'TimeoutError' ? 'time-out' : 'torn';
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    return { error: broke(error), tookMs: tookMs() };
  }
  const { status, headers } = response;
  try {
    return { status, headers, text: await response.text(), tookMs: tookMs() };
  } catch (error) {
    return { status, headers, error: broke(error), tookMs: tookMs() };
  }
}

describe('a fault does what its name says:', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await Bench.open();
    return () => bench.simulator.close();
  });

  it.each(everyFault().map((name) => [name]))('%s', async (name) => {
    const [route = '', ...rest] = name.split(' | ');
    const effect = EFFECTS[rest.join(' | ')];
    if (!effect) throw new Error(`nobody says what ${name} does`);
    const [acted, expectSeen] = effect;
    const { number, seen } = await bench.break(drawn.get(name)!);
    expectSeen(seen, number);
    if (route.startsWith('GET')) return;
    const times =
      acted === 'twice' && route === ROUTE.terminate ? 2 : acted === 'late' || acted === 0 ? 0 : 1;
    expect(await bench.acted(route, number)).toBe(times);
    if (acted !== 'late') return;
    bench.skip(30_000);
    expect(await bench.acted(route, number)).toBe(1);
  });
});
