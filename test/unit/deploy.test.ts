/** The files for a deployment in containers; what they run is run by hand, see docs/deployment.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';
import { ROOT } from '../../embedded/project.js';
import { SERVER_VERSION } from '../../embedded/cluster-programs.js';
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
  command?: unknown;
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

  it('gives every command as a list, which each compose program takes alike', () => {
    for (const [name, { command = [] }] of named) expect(command, name).toBeInstanceOf(Array);
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

it('the cluster of the tests has the server that compose deploys', () => {
  const images = compose.match(/temporalio\/(server|admin-tools):\S+/g) ?? [];
  expect(images).toHaveLength(3);
  for (const image of images) expect(`v${/:-([\d.]+)\}/.exec(image)?.[1] ?? ''}`, image).toBe(SERVER_VERSION);
});

describe('.dockerignore', () => {
  const [everything, ...rest] = text('.dockerignore').trim().split('\n');
  const kept = rest.map((line) => line.slice(1));
  const isKept = (path: string) => kept.includes(path.split('/')[0] ?? '');
  /** Folders that the build includes and the image does not need. */
  const development = ['simulation', 'bench'];

  it('leaves out everything but the names that it lists, so nothing comes from node_modules or dist of the host', () => {
    expect(everything).toBe('*');
    for (const line of rest) expect(line).toMatch(/^![\w.-]+$/);
    for (const path of ['node_modules', 'dist', '.git', '.env', 'test'])
      expect(isKept(path), path).toBe(false);
  });

  it('keeps the folders that the build includes, without those for development', () => {
    const { include } = JSON.parse(text('tsconfig.build.json')) as { include: string[] };
    expect(include).toEqual(expect.arrayContaining(development));
    for (const folder of include) expect(isKept(folder), folder).toBe(!development.includes(folder));
  });

  it('keeps the files that the Dockerfile copies and that its npm scripts read', () => {
    const dockerfile = text('Dockerfile');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const run = [...dockerfile.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => scripts[name] ?? '');
    const read = run.flatMap((line) => line.match(/[\w./-]+\.(?:mjs|json)\b/g) ?? []);
    expect(copied).toContain('package-lock.json');
    expect(read).toEqual(expect.arrayContaining(['tsconfig.build.json', 'scripts/bundle.mjs']));
    const files = [...copied.filter((file) => file !== '.'), ...read, 'tsconfig.json'];
    for (const file of files) expect(isKept(file), file).toBe(true);
  });
});
