import { describe, expect, it } from 'vitest';
import { commandFailure } from '../../client/cli/failure.js';
import { parseLag } from '../../client/cli/lag.js';
import { totalsOf } from '../../client/cli/list.js';
import { assertMaySpend, stackEnv } from '../../client/cli/session.js';
import { connectToTemporal } from '../../client/connection.js';
import { ContiguityError } from '../../contiguity/index.js';
import { runCommand } from '../support/commands.js';

const NOWHERE = { TEMPORAL_ADDRESS: '127.0.0.1:9' };

function run(args: string[], env: NodeJS.ProcessEnv = NOWHERE) {
  return runCommand(args, env);
}

const SIMULATED = {
  ...NOWHERE,
  CONTIGUITY_BASE_URL: 'http://127.0.0.1:9',
  CONTIGUITY_API_KEY: 'contiguity_sk_x',
};

describe('wrong use ends with 2 and one line that names what is wrong', () => {
  it.each<[string, string[], RegExp, NodeJS.ProcessEnv?]>([
    ['an unknown command', ['leas'], /unknown command 'leas'/],
    ['an unknown option', ['list', '--colour'], /unknown option '--colour'/],
    ['a missing argument', ['show'], /missing required argument 'number'/],
    ['a number too many', ['show', '+14155550123', 'x'], /too many arguments/],
    ['a port that is none', ['simulator', '--port', '70000'], /port from 0/],
    ['a state that is none', ['list', '--state', 'held'], /Allowed choices are leasing/],
    ['a count that is none', ['list', '--limit', '0'], /whole number from 1/],
    ['a label that is none', ['list', '--label', 'tenant'], /must be key=value/],
    ['a label with a bad key', ['list', '--label', 'Tenant=a'], /'Tenant=a' is invalid. It must have a key/],
    ['a bad area code', ['find', '--area-code', 'x'], /^leasehold: criteria.areaCode must be/],
    ['an unknown country', ['find', '--country', 'ZZ'], /criteria.country must be a country.*"ZZ"/],
    ['a limit without currency', ['find', '--max-monthly-rate', '5'], /limits.currency is missing/],
    ['no key', ['find'], /CONTIGUITY_API_KEY is not set/],
    ['spending without --live', ['provision', 'r'], /--live/],
    ['a worker on the real API without --live', ['worker'], /--live/],
    ['sending without --live', ['send', '+14155550123', '--to', '+12025550123', '--text', 'x'], /--live/],
    ['extending by nothing', ['extend', '+14155550123'], /one of term and until/],
    [
      'extending by both',
      ['extend', '+14155550123', '--term', '1d', '--until', '2027-01-01T00:00:00Z'],
      /not both/,
    ],
    ['extending backwards', ['extend', '+14155550123', '--term', '-1d'], /positive duration/],
    ['a text without recipient', ['provision', 'r', '--text', 'x'], /--to and --text are given together/],
    [
      'a request file that is not there',
      ['provision', '--request', '/nowhere.json'],
      /\/nowhere.json cannot be read/,
    ],
    ['a live demo without a lasting Temporal', ['start', '--live'], /--temporal-from-env/],
    ['a live demo without recipient', ['start', '--live', '--temporal-from-env'], /--to/],
    ['a bad demo recipient', ['start', '--to', '5'], /E.164/],
    ['a window without a count', ['provision', 'r', '--window', '3'], /go with --count/],
    ['a plan of many', ['provision', 'r', '--count', '3', '--dry-run'], /--dry-run is for one number/],
    ['no server', ['provision', 'r'], /no Temporal server answers at 127.0.0.1:9/, SIMULATED],
    ['no API', ['find'], /Contiguity API/, SIMULATED],
  ])('%s', async (_, args, words, env) => {
    const { code, out, err } = await run(args, env ?? NOWHERE);
    expect(err).toMatch(words);
    expect(
      err
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('leasehold: ')),
    ).toHaveLength(1);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it.each([
    'https://api.contiguity.com',
    'https://api.contiguity.com/',
    'https://api.contiguity.com:443/v1',
    'HTTPS://API.Contiguity.COM',
    'https://api.contiguity.com./',
    'http://api.contiguity.com',
    ' https://api%2Econtiguity.com',
    'https://eu.api.contiguity.com',
    'api.contiguity.com',
  ])('spending at the vendor without --live, however its address is written: %s', async (baseUrl) => {
    const env = { ...SIMULATED, CONTIGUITY_BASE_URL: baseUrl };
    const number = '+14155550123';
    const spending = [
      ['provision', 'r'],
      ['provision', 'r', '--count', '2'],
      ['worker'],
      ['send', number, '--to', '+12025550123', '--text', 'x'],
      ['extend', number, '--term', '1d'],
      ['renew', number, '--auto', 'on'],
      ['restore', number],
      ['start', '--temporal-from-env'],
    ];
    for (const args of spending) {
      const { code, err } = await run(args, env);
      expect({ args, code, asks: err.includes('give --live') }).toEqual({ args, code: 2, asks: true });
    }
  });

  it.each(['http://127.0.0.1:9', 'https://contiguity.example.com', 'https://notcontiguity.com'])(
    'needs no --live at another host: %s',
    (baseUrl) => {
      const env = { CONTIGUITY_BASE_URL: baseUrl };
      expect(() => assertMaySpend({ env, stack: undefined }, {})).not.toThrow();
    },
  );

  it('tells programs the same as JSON', async () => {
    const { code, err } = await run(['find', '--country', 'ZZ', '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { type: 'InvalidRequest', field: 'criteria.country' } });
    expect(code).toBe(2);
  });
});

describe('help', () => {
  it('is an answer where it is asked for', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of ['start', 'dev', 'worker', 'find', 'provision', 'terminate', 'doctor'])
      expect(out).toContain(name);
    expect((await run(['send', '--help'])).out).toContain('--to <E.164>');
  });

  it('is shown where no command is given', async () => {
    const { code, err } = await run([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: leasehold');
  });
});

describe('doctor', () => {
  it('ends with 1 and says what to do', async () => {
    const { code, out } = await run(['doctor']);
    expect(code).toBe(1);
    expect(out).toMatch(/wrong.*Temporal: no Temporal server answers at 127.0.0.1:9.*leasehold dev/);
    expect(out).toMatch(/CONTIGUITY_API_KEY is not set/);
  });
});

describe('commandFailure', () => {
  it('tells a wrong key from an account that may not, with its agreement', () => {
    const error = (status: number, agreementUrl?: string) =>
      new ContiguityError('GET', '/numbers/leases', 'refused', {
        status,
        message: 'no',
        byVendor: true,
        neverSent: false,
        ...(agreementUrl !== undefined && { agreementUrl }),
      });
    expect(commandFailure(error(401))).toMatchObject({ type: 'Unauthorized', exitCode: 2 });
    const restricted = { type: 'AccountRestricted', agreementUrl: 'https://x.test', exitCode: 1 };
    expect(commandFailure(error(403, 'https://x.test'))).toMatchObject(restricted);
    expect(commandFailure(error(500))).toMatchObject({ type: 'UnexpectedResponse', exitCode: 1 });
  });

  it('never shows a stack', () => {
    expect(commandFailure(new Error('odd\n    at x'))).toEqual({
      type: 'Failed',
      message: 'odd at x',
      exitCode: 1,
    });
  });
});

describe('totalsOf', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const lease = { number: '+14155550123', reference: 'r', state: 'active', startedAt: '', runId: 'x' };

  it('counts what is held, by currency, and what ends within a week', () => {
    const totals = totalsOf(
      [
        { ...lease, monthlyRate: 2.99, currency: 'USD', expiresAt: '2026-06-07T00:00:00Z' },
        { ...lease, monthlyRate: 1.1, currency: 'USD', expiresAt: '2026-07-01T00:00:00Z' },
        { ...lease, monthlyRate: 3, currency: 'GBP' },
        { ...lease, monthlyRate: 4 },
        { ...lease, monthlyRate: 99, currency: 'USD', closedAt: '2026-05-01T00:00:00Z' },
        lease,
      ],
      now,
    );
    expect(totals).toEqual({ held: 5, monthly: { USD: 4.09, GBP: 3, unknown: 4 }, endingWithin7Days: 1 });
  });
});

describe('stackEnv', () => {
  it('leads to the stack and to nothing else that the shell names', async () => {
    const others = { TEMPORAL_PROFILE: 'work', TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'true', PATH: '/bin' };
    const env = stackEnv(others, {
      temporalAddress: '127.0.0.1:9',
      namespace: 'default',
      uiUrl: 'http://ui',
      simulatorUrl: 'http://api',
      apiKey: 'contiguity_sk_x',
      pid: 1,
      workerPid: 2,
    });
    expect(env).toMatchObject({
      TEMPORAL_UI_URL: 'http://ui',
      CONTIGUITY_BASE_URL: 'http://api',
      PATH: '/bin',
    });
    expect(Object.keys(env)).not.toContain('TEMPORAL_PROFILE');
    await expect(connectToTemporal({ env })).rejects.toMatchObject({ type: 'Unreachable' });
  });
});

describe('parseLag', () => {
  it('takes a time, a range and never', () => {
    expect(parseLag('5m')).toEqual({ minMs: 300_000, maxMs: 300_000 });
    expect(parseLag('10s-20s')).toEqual({ minMs: 10_000, maxMs: 20_000 });
    expect(parseLag('0')).toEqual({ minMs: 0, maxMs: 0 });
    expect(parseLag('never')).toBe('never');
    for (const bad of ['', 'soon', '20s-10s', '-5s']) expect(() => parseLag(bad)).toThrow();
  });
});
