/** What a fault plan does to a call: whether the vendor acted, and what came back. */
import { describe, expect, it } from 'vitest';
import type { Fault, FaultedCall } from '../../simulator/index.js';
import { Simulated } from '../support/simulated.js';

const LEASE = 'POST /numbers/lease/{number}';

interface Broken {
  simulated: Simulated;
  number: string;
  seen: FaultedCall[];
  lease: () => Promise<{ status: number; text: string; headers: Headers }>;
  leased: () => Promise<boolean>;
}

/** A simulator whose first lease call goes wrong like this. */
async function breaking(fault: Fault): Promise<Broken> {
  const seen: FaultedCall[] = [];
  const decide = (call: FaultedCall) => {
    seen.push(call);
    return call.route === LEASE && call.nth === 1 ? fault : undefined;
  };
  const simulated = await Simulated.open({ faults: { decide } });
  const [number = ''] = await simulated.plain();
  const lease = async () => {
    const { url, apiKey } = simulated.simulator;
    const headers = { authorization: `Token ${apiKey}` };
    const response = await fetch(`${url}/numbers/lease/${number}`, { method: 'POST', headers });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const leased = async () => (await simulated.simulator.controls.ledger()).open.length === 1;
  return { simulated, number, seen, lease, leased };
}

describe('a fault', () => {
  it('is decided by route, number and how-manieth call', async () => {
    const { seen, number, lease, simulated } = await breaking({ phase: 'before', status: 500 });
    await lease();
    expect((await lease()).status).toBe(200);
    const calls = seen.filter(({ route }) => route === LEASE);
    expect(calls).toMatchObject([
      { number, nth: 1, at: simulated.now },
      { number, nth: 2 },
    ]);
    expect(simulated.simulator.controls.calls()).toMatchObject({ [LEASE]: 2, 'GET /numbers/leases': 1 });
  });

  it.each<[string, Fault, boolean]>([
    ['before', { phase: 'before', reset: true }, false],
    ['after', { phase: 'after', reset: true }, true],
    ['in the middle of the answer', { phase: 'answering', reset: true }, true],
  ])('tears the connection down %s', async (_when, fault, acted) => {
    const { lease, leased } = await breaking(fault);
    await expect(lease()).rejects.toThrow(TypeError);
    expect(await leased()).toBe(acted);
  });

  it.each<[Fault['phase'], boolean]>([
    ['before', false],
    ['after', true],
  ])('answers %s the act with another status, in the envelope', async (phase, acted) => {
    const { lease, leased } = await breaking({ phase, status: 503 });
    const { status, text } = await lease();
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ object: 'error', data: { status: 503 } });
    expect(await leased()).toBe(acted);
  });

  it('answers with a raw body and headers', async () => {
    const body = '<html>';
    const headers = { 'retry-after': '7' };
    const { lease, leased } = await breaking({ phase: 'before', status: 429, body, headers });
    const answer = await lease();
    expect(answer).toMatchObject({ status: 429, text: body });
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await leased()).toBe(false);
  });

  it('replaces an answer that the vendor meant well', async () => {
    const { lease, leased } = await breaking({ phase: 'answering', body: '{"object":"resp' });
    expect(await lease()).toMatchObject({ status: 200, text: '{"object":"resp' });
    expect(await leased()).toBe(true);
  });

  it('holds a request up: it acts late, and all the same when the caller has given up', async () => {
    const { simulated, number, leased } = await breaking({ phase: 'before', delayMs: 150 });
    const { url, apiKey } = simulated.simulator;
    const headers = { authorization: `Token ${apiKey}` };
    const call = fetch(`${url}/numbers/lease/${number}`, {
      method: 'POST',
      headers,
      signal: AbortSignal.timeout(50),
    });
    await expect(call).rejects.toThrow();
    expect(await leased()).toBe(false);
    await expect.poll(leased).toBe(true);
  });

  it('lets a request act later by the clock', async () => {
    const { simulated, lease, leased } = await breaking({ phase: 'before', lateMs: 30_000, reset: true });
    await expect(lease()).rejects.toThrow(TypeError);
    simulated.skip(29_999);
    expect(await leased()).toBe(false);
    simulated.skip(1);
    expect(await leased()).toBe(true);
  });

  it('leaves a caller without any answer', async () => {
    const { simulated, number, leased } = await breaking({ phase: 'after', hang: true });
    const { url, apiKey } = simulated.simulator;
    const call = fetch(`${url}/numbers/lease/${number}`, {
      method: 'POST',
      headers: { authorization: `Token ${apiKey}` },
      signal: AbortSignal.timeout(100),
    });
    await expect(call).rejects.toThrow('timeout');
    await expect.poll(leased).toBe(true);
  });
});

it('cuts off what is held up when it closes, and does not act on it', async () => {
  const { simulated, lease } = await breaking({ phase: 'before', delayMs: 60_000 });
  const call = expect(lease()).rejects.toThrow(TypeError);
  await expect.poll(() => simulated.simulator.controls.calls()[LEASE]).toBe(1);
  await simulated.simulator.close();
  await call;
  expect((await simulated.simulator.controls.ledger()).entries).toEqual([]);
});
