/** Money, the lag of a termination and the ledger: what a lease costs, how long it lasts, and what is written down. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Simulated } from '../support/simulated.js';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const RECIPIENT = '+12025550123';
const START = Date.UTC(2026, 0, 31, 12);
const termination = { minMs: 10 * SECOND_MS, maxMs: 10 * SECOND_MS };

let api: Simulated;

beforeEach(async () => {
  api = await Simulated.open({ termination }, START);
});

async function charges(): Promise<(string | number)[][]> {
  const { entries } = await api.simulator.controls.ledger();
  return entries.flatMap((entry) =>
    entry.kind === 'charge'
      ? [[entry.what, entry.amount, entry.currency, new Date(entry.at).toISOString().slice(0, 10)]]
      : [],
  );
}

describe('money', () => {
  it('charges the upfront fee and the first month at the lease, then every month while it is held', async () => {
    const [id = ''] = await api.plain();
    const { pricing } = await api.get(id);
    const { currency, upfront_fee: upfront, monthly_rate: rate } = pricing;
    const data = await api.data(200, `POST /numbers/lease/${id}`);
    expect(data).toMatchObject({
      billing: { method: 'monthly', price: pricing, period: { start: START / 1_000, end: null } },
    });
    api.skip(95 * DAY_MS);
    // Leased on 31 January: a month without such a day is charged on its last one.
    expect(await charges()).toEqual([
      ['upfront', upfront, currency, '2026-01-31'],
      ['month', rate, currency, '2026-01-31'],
      ['month', rate, currency, '2026-02-28'],
      ['month', rate, currency, '2026-03-31'],
      ['month', rate, currency, '2026-04-30'],
    ]);
  });

  it('charges on through the lag of a termination, and not from the release on', async () => {
    const [id = ''] = await api.plain();
    api.simulator.controls.setTermination({ minMs: 2 * DAY_MS, maxMs: 2 * DAY_MS });
    await api.lease(id);
    api.skip(27 * DAY_MS);
    await api.terminate(id);
    api.skip(100 * DAY_MS);
    expect((await charges()).length).toBe(3);

    await api.lease(id);
    api.skip(26 * DAY_MS);
    await api.terminate(id);
    const before = (await charges()).length;
    api.skip(100 * DAY_MS);
    expect((await charges()).length).toBe(before);
  });

  it('charges months to come at a price that has risen, and nothing for a lease of another account', async () => {
    const [id = '', other = ''] = await api.plain();
    const { pricing } = await api.get(id);
    await api.lease(id);
    await api.simulator.controls.leaseByOther(other);
    api.simulator.controls.setPrice(id, { ...pricing, monthly_rate: 99 });
    api.skip(30 * DAY_MS);
    expect((await charges()).map(([what, amount]) => [what, amount])).toEqual([
      ['upfront', pricing.upfront_fee],
      ['month', pricing.monthly_rate],
      ['month', 99],
    ]);
  });
});

describe('the lag of a termination', () => {
  it('keeps a number leased until it is over, and answers a repeated DELETE alike', async () => {
    const [id = ''] = await api.plain();
    const leaseId = await api.lease(id);
    const first = await api.terminate(id);
    expect(first).toEqual({
      lease_id: leaseId,
      number_id: id,
      status: 'terminated',
      terminated_at: START / 1_000,
    });
    api.skip(10 * SECOND_MS - 1);
    expect(await api.terminate(id)).toEqual(first);
    expect(await api.get(id)).toMatchObject({ status: 'leased', lease_id: leaseId, lease_status: 'active' });
    api.skip(1);
    const free = await api.get(id);
    expect(free.status).toBe('available');
    expect(free).not.toHaveProperty('lease_id');
    expect(free).not.toHaveProperty('billing');
    await api.data(404, `DELETE /numbers/leased/${id}`);
  });

  it('is drawn from its range, by seed and lease', async () => {
    const lags = async (seed: number) => {
      api = await Simulated.open({ seed, termination: { minMs: 1_000, maxMs: 9_000 } }, START);
      for (let nth = 0; nth < 8; nth += 1) {
        const [id = ''] = await api.plain();
        await api.lease(id);
        await api.terminate(id);
      }
      api.skip(DAY_MS);
      const { entries } = await api.simulator.controls.ledger();
      return entries.filter(({ kind }) => kind === 'released').map(({ at }) => at - START);
    };
    const drawn = await lags(1);
    expect(drawn).toHaveLength(8);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(9_000);
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(await lags(1)).toEqual(drawn);
    expect(await lags(2)).not.toEqual(drawn);
  });

  it('of none is over at once, and "never" ends with a DELETE after it is changed', async () => {
    const [id = ''] = await api.plain();
    api.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
    await api.lease(id);
    await api.terminate(id);
    expect((await api.get(id)).status).toBe('available');

    api.simulator.controls.setTermination('never');
    await api.lease(id);
    await api.terminate(id);
    api.skip(365 * DAY_MS);
    expect((await api.get(id)).status).toBe('leased');
    api.simulator.controls.setTermination({ minMs: 5, maxMs: 5 });
    await api.terminate(id);
    api.skip(5);
    expect((await api.get(id)).status).toBe('available');
  });
});

describe('the ledger', () => {
  it('keeps everything in the order in which it happened, also when much time passes at once', async () => {
    const [slow = '', quick = ''] = await api.plain();
    api.simulator.controls.setTermination({ minMs: 40 * DAY_MS, maxMs: 40 * DAY_MS });
    await api.lease(slow);
    await api.terminate(slow);
    api.simulator.controls.setTermination({ minMs: 60, maxMs: 60 });
    await api.lease(quick);
    await api.send(quick);
    await api.terminate(quick);
    api.skip(365 * DAY_MS);
    const { entries, open } = await api.simulator.controls.ledger();
    const times = entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const released = entries.filter(({ kind }) => kind === 'released');
    expect(released.map(({ number, at }) => [number, at - START])).toEqual([
      [quick, 60],
      [slow, 40 * DAY_MS],
    ]);
    expect(open).toEqual([]);
  });

  it('names lease, actor, text and recipient, and which leases are open', async () => {
    const [id = ''] = await api.plain();
    const leaseId = await api.lease(id);
    api.skip(1_000);
    const messageId = await api.send(id, 'Good morning');
    const { entries, open } = await api.simulator.controls.ledger();
    expect(entries[0]).toEqual({
      kind: 'leased',
      at: START,
      number: id,
      leaseId,
      by: 'us',
      billingMethod: 'monthly',
    });
    expect(entries.at(-1)).toMatchObject({
      kind: 'text',
      at: START + 1_000,
      leaseId,
      messageId,
      to: RECIPIENT,
      message: 'Good morning',
    });
    expect(open).toEqual([{ number: id, leaseId, by: 'us', since: START }]);
  });

  it('is not written to by what is refused', async () => {
    const [id = ''] = await api.plain();
    await api.lease(id);
    const before = (await api.simulator.controls.ledger()).entries;
    await api.data(400, `POST /numbers/lease/${id}`);
    await api.data(400, 'POST /send/text', {
      from: (await api.plain())[0]!,
      to: RECIPIENT,
      message: 'Hello',
    });
    expect((await api.simulator.controls.ledger()).entries).toEqual(before);
  });
});

it('has no time of its own: with a clock that stands still nothing happens', async () => {
  const [id = ''] = await api.plain();
  api.simulator.controls.setTermination({ minMs: 1, maxMs: 1 });
  await api.lease(id);
  await api.terminate(id);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await api.get(id)).status).toBe('leased');
});

it('takes a clock that is asked over a network, and never lets it go back', async () => {
  let time = START;
  api = await Simulated.open({ termination, clock: { now: () => Promise.resolve(time) } });
  const [id = ''] = await api.plain();
  await api.lease(id);
  time -= 5_000;
  await api.terminate(id);
  time = START + 10 * SECOND_MS;
  expect((await api.get(id)).status).toBe('available');
  expect((await api.simulator.controls.ledger()).entries.map(({ at }) => at - START)).toEqual([
    0, 0, 0, 0, 10_000,
  ]);
});
