/** The files for a deployment in containers; what they run is run by hand, see docs/deployment.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { ROOT } from '../../embedded/project.js';
import { SERVER_SETTINGS } from '../../embedded/server-settings.js';
import { readConfig } from '../../worker/config.js';
import { readGatewayConfig } from '../../gateway/config.js';

interface Service {
  image: string;
  ports?: string[];
  profiles?: string[];
  environment?: Record<string, string>;
  healthcheck?: object;
  user?: string;
  read_only?: boolean;
  depends_on?: object;
}

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const compose = text('docker-compose.yml');
const { services } = parse(compose, { merge: true }) as { services: Record<string, Service> };
const named = Object.entries(services);
const demo = Object.fromEntries(
  text('deploy/demo.env')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

/** As compose fills them in from the demo's env file. */
function environmentOf(name: string): Record<string, string> {
  const given = Object.entries(services[name]?.environment ?? {});
  const fill = (value: string) =>
    value.replace(
      /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g,
      (_, key: string, other: string | undefined) => demo[key] ?? other ?? '',
    );
  return Object.fromEntries(given.map(([key, value]) => [key, fill(value)]));
}

describe('docker-compose.yml', () => {
  it('pins every image, and publishes nothing beyond this machine', () => {
    for (const [name, { image, ports = [] }] of named) {
      expect(image, name).toMatch(/:(\$\{\w+:-)?v?\d+\.\d+(\.\d+)?(-\w+)?\}?$/);
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('has no secret of its own', () => {
    const secrets = named.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([key]) => /PASSWORD|PWD|SECRET|API_KEY|_KEYS/.test(key))
        .map(([key, value]) => ({ where: `${name}.${key}`, value })),
    );
    expect(secrets.length).toBeGreaterThan(5);
    for (const { where, value } of secrets) expect(value, where).toMatch(/^\$\{\w+:(\?.+|-)\}$/);
  });

  it('tells of every service that stays whether it is well', () => {
    const once = ['temporal-schema', 'temporal-namespace', 'temporal-ui'];
    for (const [name, { healthcheck }] of named) {
      if (!once.includes(name)) expect(healthcheck, name).toBeDefined();
    }
  });

  it('gives worker and gateway settings that they take', () => {
    expect(readConfig(environmentOf('worker'))).toMatchObject({
      baseUrl: 'http://simulator:4010',
      healthAddress: '0.0.0.0:9465',
    });
    const gateway = readGatewayConfig(environmentOf('gateway'), { host: '0.0.0.0' });
    expect(gateway.keys).toMatchObject([{ name: 'demo', scope: 'full' }]);
  });
});

it('the namespace gets every search attribute that is written', () => {
  const script = text('deploy/temporal/namespace.sh');
  const made = [...script.matchAll(/^(Lease\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]);
  const wanted = SEARCH_ATTRIBUTES.map(({ name, type }) => [name, type.replaceAll('_', '').toLowerCase()]);
  expect(made.map(([name, type]) => [name, type?.toLowerCase()])).toEqual(expect.arrayContaining(wanted));
  expect(made).toHaveLength(wanted.length);
});

it('sets its Temporal server up as the servers that we start', () => {
  const settings = parse(text('deploy/temporal/dynamic-config.yaml')) as Record<string, object>;
  for (const [name, value] of Object.entries(SERVER_SETTINGS)) expect(settings[name]).toEqual([{ value }]);
});
