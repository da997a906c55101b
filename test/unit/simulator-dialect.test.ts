/** What the vendor leaves open: how a simulated world writes times, numbers and lists, and what its leases show. */
import { describe, expect, it } from 'vitest';
import { writePhone, writeTime, type TimeFormat } from '../../simulator/dialect.js';
import { startSimulator } from '../../simulator/index.js';
import { ROUTE } from '../support/plan.js';
import { Simulated } from '../support/simulated.js';

const AT = Date.UTC(2026, 7, 31, 13, 37, 42, 789);
const RECIPIENT = '+12025550123';

describe('a time', () => {
  it.each<[TimeFormat, number | string | undefined]>([
    [{ grain: 'ms', form: 'ms' }, AT],
    [{ grain: 'ms', form: 'iso' }, '2026-08-31T13:37:42.789Z'],
    [{ grain: 's', form: 's' }, Date.UTC(2026, 7, 31, 13, 37, 42) / 1_000],
    [{ grain: 's', form: 'iso' }, '2026-08-31T13:37:42Z'],
    [{ grain: 'min', form: 'text' }, String(Date.UTC(2026, 7, 31, 13, 37) / 1_000)],
    [{ grain: 'min', form: 'iso' }, '2026-08-31T13:37Z'],
    [{ grain: 'day', form: 'ms' }, Date.UTC(2026, 7, 31)],
    [{ grain: 'day', form: 'iso' }, '2026-08-31'],
    [{ grain: 'ms', form: 'missing' }, undefined],
  ])('is written as %j says', (format, expected) => {
    expect(writeTime(AT, format)).toBe(expected);
  });

  it('is written in its own way in leases, envelopes and histories', async () => {
    const dialect = {
      leaseTimes: { grain: 'day', form: 'iso' },
      envelopeTimes: { grain: 'ms', form: 'missing' },
      historyTimes: { grain: 'min', form: 's' },
    } as const;
    const api = await Simulated.open({ dialect }, AT);
    const [number = ''] = await api.plain();
    await api.lease(number);
    await api.send(number, 'Hello', RECIPIENT);
    const { body } = await api.call(`GET /numbers/${number}`);
    expect(body).not.toHaveProperty('timestamp');
    expect(body.data).toMatchObject({ billing: { period: { start: '2026-08-31' } } });
    const history = await api.data(200, `GET /conversations/history/text/${RECIPIENT}/${number}/20`);
    expect(history).toMatchObject({ conversation: [{ timestamp: Date.UTC(2026, 7, 31, 13, 37) / 1_000 }] });
    expect(await api.terminate(number)).toMatchObject({ terminated_at: '2026-08-31' });
  });
});

it.each([
  ['digits', '12025550123'],
  ['formatted', '+1 (202) 555-0123'],
] as const)('writes numbers in histories as %s', async (phoneNumbers, written) => {
  const api = await Simulated.open({ dialect: { phoneNumbers } });
  const [number = ''] = await api.plain();
  await api.lease(number);
  await api.send(number, 'Hello', RECIPIENT);
  const history = await api.data(200, `GET /conversations/history/text/${RECIPIENT}/${number}/20`);
  const from = writePhone(number, phoneNumbers);
  expect(history).toMatchObject({ conversation: [{ to: written, from }] });
  expect((await api.get(number)).id).toBe(number);
});

it('doubles and spoils the same rows each time, as many as its dialect says', async () => {
  const rowsOf = async (api: Simulated) => {
    const { numbers } = await api.data<{ numbers: { id?: string }[] }>(200, 'GET /numbers/leases');
    return numbers.map(({ id }) => id);
  };
  const plain = await rowsOf(await Simulated.open());
  const api = await Simulated.open({ dialect: { doubledRows: 0.3, unreadableRows: 0.2 } });
  const rows = await rowsOf(api);
  expect(await rowsOf(api)).toEqual(rows);
  expect(Math.abs(rows.length / plain.length - 1.3)).toBeLessThan(0.06);
  const lost = plain.filter((id) => !rows.includes(id)).length;
  expect(Math.abs(lost / plain.length - 0.2)).toBeLessThan(0.06);
});

describe('a lease', () => {
  it('shows another status before it is active, and nothing is sent from it until then', async () => {
    const activation = { status: 'pending', minMs: 60_000, maxMs: 60_000 };
    const api = await Simulated.open({ activation });
    const [number = ''] = await api.plain();
    expect(await api.data(200, `POST /numbers/lease/${number}`)).toMatchObject({ status: 'pending' });
    api.skip(59_999);
    expect(await api.get(number)).toMatchObject({ status: 'leased', lease_status: 'pending' });
    await api.data(400, 'POST /send/text', { from: number, to: RECIPIENT, message: 'Hello' });
    api.skip(1);
    expect(await api.get(number)).toMatchObject({ lease_status: 'active' });
    await api.send(number);
    await api.simulator.controls.setLeaseStatus(number, 'in_review');
    expect(await api.get(number)).toMatchObject({ lease_status: 'in_review' });
  });

  it('goes on under another id: it is paid for as one lease all the time', async () => {
    const api = await Simulated.open({ termination: { minMs: 0, maxMs: 0 } });
    const [number = ''] = await api.plain();
    const first = await api.lease(number);
    api.skip(86_400_000);
    const { result: second } = (await api.call(`POST /simulator/numbers/${number}/renew`)).body;
    expect(second).not.toBe(first);
    expect(await api.get(number)).toMatchObject({ lease_id: second });
    const ledger = await api.simulator.controls.ledger();
    expect(ledger.open).toMatchObject([{ number, leaseId: second, by: 'us' }]);
    expect(ledger.entries.find(({ kind }) => kind === 'renewed')).toMatchObject({ previousId: first });
    await api.terminate(number);
    expect((await api.simulator.controls.ledger()).open).toEqual([]);
  });

  it('is refused with 402 while the account cannot pay, and so is a text', async () => {
    const api = await Simulated.open();
    const [number = '', other = ''] = await api.plain();
    await api.lease(number);
    await api.call('POST /simulator/unpaid', { unpaid: true });
    await api.data(402, `POST /numbers/lease/${other}`);
    await api.data(402, 'POST /send/text', { from: number, to: RECIPIENT, message: 'Hello' });
    await api.call('POST /simulator/unpaid', { unpaid: false });
    await api.lease(other);
  });
});

it('takes up to its limit to answer a route, and no longer; other routes are not slowed down', async () => {
  const answerTimes = { [ROUTE.read]: 300 };
  const api = await Simulated.open({ answerTimes });
  const [number = ''] = await api.plain();
  const timed = async (route: string) => {
    const began = performance.now();
    await api.call(route);
    return performance.now() - began;
  };
  const times = await Promise.all(Array.from({ length: 20 }, () => timed(`GET /numbers/${number}`)));
  expect(Math.max(...times)).toBeGreaterThan(150);
  const drawn = new Set(times.map((ms) => Math.round(ms / 20)));
  expect(drawn.size).toBeGreaterThan(3);
});

it('names what is wrong with a dialect', async () => {
  await expect(startSimulator({ dialect: { doubledRows: 2 } })).rejects.toThrow(
    'dialect.doubledRows: must be a share, 0 to 1',
  );
});
