/** `leasehold simulator`: its flags, and what it serves with them. */
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../client/cli/program.js';
import { clockSkewMs } from '../../simulator/fault-profiles.js';

interface Served {
  url: string;
  apiKey: string;
}

/** Serves with these flags until the end of the test. */
async function serve(...flags: string[]): Promise<Served> {
  const others = process.listeners('SIGTERM');
  const printed = { text: '' };
  const io = {
    env: {},
    live: false,
    out: (text: string) => void (printed.text += text),
    err: () => undefined,
  };
  const ended = runCommandLine(['simulator', '--port', '0', '--json', ...flags], io);
  await expect.poll(() => printed.text, { timeout: 10_000 }).toContain('\n');
  onTestFinished(async () => {
    const own = process.listeners('SIGTERM').filter((listener) => !others.includes(listener));
    for (const listener of own) listener('SIGTERM');
    expect(await ended).toBe(0);
    for (const listener of own) process.off('SIGTERM', listener).off('SIGINT', listener);
  });
  return JSON.parse(printed.text) as Served;
}

async function find({ url, apiKey }: Served) {
  const response = await fetch(`${url}/numbers/leases`, { headers: { authorization: `Token ${apiKey}` } });
  return { status: response.status, text: await response.text() };
}

/** How far the clock of the API is ahead of ours. */
async function aheadMs(served: Served): Promise<number> {
  const response = await fetch(`${served.url}/simulator`);
  return ((await response.json()) as { at: number }).at - Date.now();
}

it.each([
  [['--clock-skew', '5m'], 5 * 60_000],
  [['--clock-skew', '-90s'], -90_000],
  [['--faults', 'storm', '--seed', '4'], clockSkewMs(4, 'storm')],
  [['--faults', 'storm', '--seed', '4', '--clock-skew', '1h'], 3_600_000],
  [['--faults', 'light'], 0],
])('has the clock that %j asks for', async (flags, skewMs) => {
  expect(Math.abs((await aheadMs(await serve(...flags))) - skewMs)).toBeLessThan(5_000);
});

it('makes the same calls go wrong for the same seed', async () => {
  const flags = ['--faults', 'storm', '--seed', '3', '--slow', '1ms'];
  const went = async () => {
    const served = await serve(...flags);
    const outcomes: unknown[] = [];
    for (let nth = 1; nth <= 12; nth += 1) {
      const patience = new Promise((resolve) => setTimeout(resolve, 1_000, 'nothing'));
      const call = find(served).then(
        ({ status }) => status,
        () => 'torn',
      );
      outcomes.push(await Promise.race([call, patience]));
    }
    return outcomes;
  };
  const first = await went();
  expect(new Set(first).size).toBeGreaterThan(2);
  expect(await went()).toEqual(first);
});

it.each([
  [['--clock-skew', '5'], /clock-skew.*positive duration/],
  [['--slow', '-5s'], /slow.*positive duration/],
  [['--faults', 'some'], /Allowed choices are none, light, rough, storm/],
])('refuses %j', async (flags, why) => {
  let err = '';
  const io = {
    env: {},
    live: false,
    out: () => undefined,
    err: (text: string) => void (err += text),
  };
  expect(await runCommandLine(['simulator', ...flags], io)).toBe(2);
  expect(err).toMatch(why);
});
