/** Faults that are drawn from a seed: what they depend on, and what they do not. */
import { describe, expect, it } from 'vitest';
import { createContiguity } from '../../contiguity/index.js';
import { PRODUCT_ROUTES } from '../../simulator/fault-kinds.js';
import {
  clockSkewMs,
  FAULT_PROFILES,
  seededFaults,
  type FaultProfile,
} from '../../simulator/fault-profiles.js';
import type { FaultedCall } from '../../simulator/faults.js';
import { ROUTE } from '../support/plan.js';
import { Simulated } from '../support/simulated.js';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const NUMBERS = ['+14155550101', '+14155550102', '+14155550103'];

/** The first calls of every route to every number, in the order of routes. */
function calls(each: number, at = START): FaultedCall[] {
  return PRODUCT_ROUTES.flatMap((route) =>
    NUMBERS.flatMap((number) =>
      Array.from({ length: each }, (_, index) => ({ route, number, nth: index + 1, at })),
    ),
  );
}

/** Call → what goes wrong with it, whatever the order. */
function table(order: FaultedCall[], seed = 1, profile: FaultProfile = 'rough'): Map<string, unknown> {
  const faults = seededFaults(seed, profile);
  const decided = order.map((call) => [`${call.route} ${call.number} ${call.nth}`, faults.decide(call)]);
  return new Map((decided as [string, unknown][]).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the faults of a seed', () => {
  const plain = calls(40);

  it('are the same in every order of calls', () => {
    const interleaved = plain.toSorted((a, b) => a.nth - b.nth);
    const backwards = plain.toReversed();
    expect(table(interleaved)).toEqual(table(plain));
    expect(table(backwards)).toEqual(table(plain));
    expect(table(plain, 2)).not.toEqual(table(plain));
  });

  it('are the same when some calls are never made', () => {
    const some = plain.filter(({ nth, number }) => nth % 3 === 0 || number === NUMBERS[1]);
    const all = table(plain);
    for (const [call, fault] of table(some)) expect(fault).toEqual(all.get(call));
  });

  it.each(Object.entries(FAULT_PROFILES))('are as many as the profile %s says', (name, { rate }) => {
    const all = [...table(calls(400), 5, name as FaultProfile).values()];
    const share = all.filter((fault) => fault !== undefined).length / all.length;
    expect(Math.abs(share - rate)).toBeLessThan(0.02);
  });

  it('stop when told to, and are counted by name', () => {
    const faults = seededFaults(1, 'storm');
    const went = plain.filter((call) => faults.decide(call)).length;
    const counts = faults.counts();
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(went);
    faults.stop();
    expect(plain.some((call) => faults.decide(call))).toBe(false);
    expect(faults.counts()).toEqual(counts);
  });
});

describe('maintenance', () => {
  const HOURS = 400;
  const lease: { route: string; number: string } = { route: ROUTE.lease, number: NUMBERS[0] ?? '' };
  const read = { ...lease, route: ROUTE.read };
  const hourly = (start: number, call: typeof lease = read) => {
    const faults = seededFaults(3, 'storm');
    return Array.from({ length: HOURS }, (_, hour) =>
      faults.decide({ ...call, nth: hour + 1, at: start + hour * HOUR_MS }),
    );
  };
  const kinds = (start: number, call: typeof lease = read) => hourly(start, call).map((fault) => fault?.kind);
  const isMaintenance = (kind?: string) => kind === 'maintenance';

  it('hits every call of some hours, counted from the first call and not by the time of day', () => {
    const hours = kinds(START).filter(isMaintenance).length;
    expect(hours / HOURS).toBeGreaterThan(0.04);
    expect(hours / HOURS).toBeLessThan(0.1);
    expect(kinds(START + 12_345_678)).toEqual(kinds(START));

    const faults = seededFaults(3, 'storm');
    faults.decide({ ...lease, nth: 1, at: START });
    const at = START + kinds(START).findIndex(isMaintenance) * HOUR_MS;
    const during = calls(5, at).map((call) => faults.decide(call)?.kind);
    expect(new Set(during)).toEqual(new Set(['maintenance']));
  });

  it('hits in as many others whatever changes something, while reads are answered', () => {
    const isHit = (call: typeof lease) => kinds(START, call).map(isMaintenance);
    const whole = isHit(read);
    const changes = isHit(lease);
    expect(whole.filter((hit, hour) => hit && !changes[hour])).toEqual([]);
    const more = changes.filter(Boolean).length - whole.filter(Boolean).length;
    expect(more / HOURS).toBeGreaterThan(0.04);
    expect(more / HOURS).toBeLessThan(0.1);
    expect(isHit({ ...lease, route: ROUTE.terminate })).toEqual(changes);
    expect(isHit({ ...lease, route: ROUTE.leased })).toEqual(whole);
  });

  it('shifts no other fault', () => {
    const faults = seededFaults(3, 'storm');
    const without = Array.from({ length: HOURS }, (_, hour) =>
      faults.decide({ ...read, nth: hour + 1, at: START }),
    );
    hourly(START).forEach((fault, hour) => {
      if (!isMaintenance(fault?.kind)) expect(fault?.kind).toBe(without[hour]?.kind);
    });
  });
});

describe('the skew of a clock', () => {
  it('is drawn from the seed, both ways, within the bounds of the profile', () => {
    const storm = Array.from({ length: 200 }, (_, seed) => clockSkewMs(seed, 'storm'));
    expect(Math.max(...storm)).toBeGreaterThan(8 * 60_000);
    expect(Math.min(...storm)).toBeLessThan(-8 * 60_000);
    expect(Math.max(...storm.map(Math.abs))).toBeLessThanOrEqual(10 * 60_000);
    expect(clockSkewMs(7, 'storm')).toBe(storm[7]);
    expect(clockSkewMs(7, 'none')).toBe(0);
  });

  it('holds for all times that the vendor gives', async () => {
    const clockSkewMs = -5 * 60_000;
    const api = await Simulated.open({ clockSkewMs });
    const vendors = api.now + clockSkewMs;
    const [number = ''] = await api.plain();
    const { body, headers } = await api.call(`POST /numbers/lease/${number}`);
    expect(body['timestamp']).toBe(vendors);
    expect(body.data).toMatchObject({ billing: { period: { start: vendors / 1_000 } } });
    expect(headers.get('date')).toBe(new Date(vendors).toUTCString());
    expect((await api.simulator.controls.ledger()).entries[0]).toMatchObject({ at: vendors });
  });
});

describe('a stale read', () => {
  /** Reads of numbers lag behind by two seconds. */
  const lagging = () =>
    Simulated.open({
      termination: { minMs: 10_000, maxMs: 10_000 },
      faults: {
        decide: ({ route }) =>
          route === ROUTE.read ? { phase: 'answering', kind: 'stale', staleMs: 2_000 } : undefined,
      },
    });

  it('shows a lease, its pause and its end when they have been there for so long', async () => {
    const api = await lagging();
    const [number = ''] = await api.plain();
    const shows = async () => {
      const { status, lease_status: lease } = (await api.get(number)) as unknown as Record<string, string>;
      return `${status} ${lease ?? 'free'}`;
    };
    await api.lease(number);
    expect(await shows()).toBe('available free');
    api.skip(1_999);
    expect(await shows()).toBe('available free');
    api.skip(1);
    expect(await shows()).toBe('leased active');
    await api.simulator.controls.setLeaseStatus(number, 'paused');
    expect(await shows()).toBe('leased active');
    api.skip(2_000);
    expect(await shows()).toBe('leased paused');
    await api.terminate(number);
    api.skip(11_999); // the release was two seconds ago, less one millisecond
    expect(await shows()).toBe('leased paused');
    api.skip(1);
    expect(await shows()).toBe('available free');
  });

  it('changes nothing, and tells the present time', async () => {
    const api = await lagging();
    const [number = ''] = await api.plain();
    const leaseId = await api.lease(number);
    expect((await api.call(`GET /numbers/${number}`)).body['timestamp']).toBe(api.now);
    expect((await api.simulator.controls.ledger()).open).toMatchObject([{ leaseId }]);
    expect(await api.data(200, `GET /numbers/leased/${number}`)).toMatchObject({ lease_id: leaseId });
  });
});

it('lets a second copy of a request act later, though the first one was answered', async () => {
  const faults = {
    decide: ({ route, nth }: FaultedCall) =>
      route === ROUTE.lease && nth === 1 ? ({ phase: 'answering', lateMs: 20_000 } as const) : undefined,
  };
  const api = await Simulated.open({ faults, termination: { minMs: 0, maxMs: 0 } });
  const [number = ''] = await api.plain();
  await api.lease(number);
  await api.terminate(number);
  expect((await api.simulator.controls.ledger()).open).toEqual([]);
  api.skip(20_000);
  expect((await api.simulator.controls.ledger()).open).toMatchObject([{ number }]);
});

it('drifts in a way that a tolerant client can read', async () => {
  const api = await Simulated.open({ faults: { decide: () => ({ phase: 'answering', drift: true }) } });
  const { url: baseUrl, apiKey } = api.simulator;
  const client = createContiguity({ baseUrl, apiKey });
  const [number = ''] = await api.plain();
  const to = '+12025550123';
  expect((await client.lease.available()).data.length).toBeGreaterThan(100);
  const { data: lease } = await client.lease.create(number);
  expect(Date.parse(lease.billing.period.start)).toBe(api.now);
  expect((await client.lease.get(number)).data.lease).toMatchObject({ leaseId: lease.leaseId });
  expect((await client.lease.leased()).data).toHaveLength(1);
  await client.text.send({ from: number, to, message: 'Hello' });
  expect((await client.text.history({ to, from: number })).data).toMatchObject([{ timestamp: api.now }]);
  expect((await client.lease.terminate(number)).data.leaseId).toBe(lease.leaseId);
  await client.close();
});

it('tells what went wrong so far', async () => {
  const decide = ({ nth }: FaultedCall) =>
    nth === 1 ? ({ phase: 'before', kind: '503', status: 503 } as const) : undefined;
  const api = await Simulated.open({ faults: { decide } });
  await api.call('GET /numbers/leases');
  await api.call('GET /numbers/leases');
  const response = await fetch(`${api.simulator.url}/simulator/faults`);
  expect(await response.json()).toEqual({
    counts: { 'GET /numbers/leases | before | 503': 1 },
    latest: [{ route: 'GET /numbers/leases', nth: 1, at: api.now, phase: 'before', kind: '503' }],
  });
});
