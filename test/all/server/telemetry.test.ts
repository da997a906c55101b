/** What a worker tells those who watch it, and that the alerts and the dashboard ask for nothing else. */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { choosePort } from '../../../embedded/ports.js';
import { ROOT } from '../../../embedded/project.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { Plan, ROUTE } from '../../support/plan.js';
import { TemporalProxy } from '../../support/temporal-proxy.js';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.js';

const TO = '+12025550123';
const TEXT = 'The bench is blue';

interface Watched {
  worker: WorkerProcess;
  metrics: () => Promise<string>;
  get: (path: string) => Promise<{ status: number; body: Health }>;
}

interface Health {
  alive?: boolean;
  ready?: boolean;
  checks?: Record<string, string>;
}

/** A worker process that is watched; stopped when the test ends. */
async function watchedWorker(world: DevWorld, env: Record<string, string> = {}): Promise<Watched> {
  const [metrics, health] = [await freeAddress(), await freeAddress()];
  const watch = { LEASEHOLD_METRICS_ADDRESS: metrics, LEASEHOLD_HEALTH_ADDRESS: health };
  const worker = await startWorkerProcess({ ...world.env, ...watch, ...env });
  onTestFinished(() => worker.stop().then(() => undefined));
  return {
    worker,
    metrics: async () => (await fetch(`http://${metrics}/metrics`)).text(),
    get: async (path) => {
      const answer = await fetch(`http://${health}${path}`);
      return { status: answer.status, body: (await answer.json()) as Health };
    },
  };
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await choosePort({ what: 'a test' })}`;
}

/** The sum of all samples of a metric whose labels have these words. */
function sum(exported: string, name: string, ...labels: string[]): number {
  const samples = exported
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const wanted = samples.filter((line) => labels.every((label) => line.includes(label)));
  return wanted.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

/** A number that is leased, sent from and given back while every answer of a change is lost once. */
async function liveInDoubt(world: DevWorld, faults: Plan): Promise<void> {
  faults.on(ROUTE.lease, { phase: 'after', status: 502 });
  faults.on(ROUTE.send, { phase: 'after', status: 502 });
  faults.on(ROUTE.terminate, { phase: 'after', status: 502 });
  const messages = [{ id: 'm1', to: TO, message: TEXT }];
  const lease = await world.leasehold.provision({ reference: 'doubted', messages, ...BRISK });
  await lease.send({ to: TO, message: `${TEXT}, too` });
  await lease.terminate();
  await lease.released();
  await world.leasehold.provision({ reference: 'held', ...BRISK });
  await world.leasehold.reconcile({});
}

/** Names of metrics in a PromQL expression: words that are no function, label, grouping or number. */
function namesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, '');
  const words = bare.match(/[a-z_][a-z0-9_]*(?!\s*\(|[a-z0-9_])/gi) ?? [];
  return words.filter((word) => !['and', 'or', 'unless', 'offset', 'bool'].includes(word));
}

interface Rules {
  groups: {
    name: string;
    rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[];
  }[];
}

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

async function askedFor(): Promise<{ alerts: string[]; panels: string[] }> {
  const { groups } = parse(
    await readFile(join(ROOT, 'deploy/prometheus/leasehold-alerts.yml'), 'utf8'),
  ) as Rules;
  const dashboard = JSON.parse(
    await readFile(join(ROOT, 'deploy/grafana/leasehold.json'), 'utf8'),
  ) as Dashboard;
  const rules = groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, annotations } of rules) expect(annotations.summary, alert).toBeTruthy();
  return {
    alerts: rules.map(({ expr }) => expr),
    panels: dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  };
}

test('a worker exports what alerts and dashboard ask for, and nothing of what is said', async () => {
  const faults = new Plan();
  const world = await devWorld({ faults });
  const [leasedByHand = ''] = await world.available(); // the money that it costs is counted when the worker starts
  await world.simulator.controls.leaseByHand(leasedByHand);
  const { metrics } = await watchedWorker(world, { LEASEHOLD_API_RATE: '50' });
  await liveInDoubt(world, faults);
  const exported = await until(
    'the open leases are counted',
    metrics,
    (it) => sum(it, 'leasehold_leases', 'state="active"') === 1,
  );
  for (const call of ['lease', 'send', 'terminate']) {
    expect(sum(exported, 'leasehold_calls_in_doubt_total', `call="${call}"`), call).toBe(1);
    expect(sum(exported, 'leasehold_doubts_settled_total', `call="${call}"`, 'how="acted"'), call).toBe(1);
  }
  expect(sum(exported, 'leasehold_time_to_lease_seconds_count')).toBe(2);
  expect(sum(exported, 'leasehold_time_to_lease_seconds_sum')).toBeGreaterThan(0);
  expect(sum(exported, 'leasehold_time_to_release_seconds_count', 'released_by="us"')).toBe(1);
  expect(sum(exported, 'leasehold_api_calls_total', `route="${ROUTE.lease}"`, 'status="502"')).toBe(1);
  expect(sum(exported, 'leasehold_api_calls_total', `route="${ROUTE.history}"`)).toBeGreaterThan(0);
  expect(sum(exported, 'leasehold_leased')).toBe(2);
  expect(sum(exported, 'leasehold_orphans')).toBe(1);
  expect(sum(exported, 'leasehold_monthly_rate', 'currency="USD"')).toBeGreaterThan(0);
  expect(sum(exported, 'leasehold_leases_without_price')).toBe(0);
  expect(sum(exported, 'leasehold_api_rate')).toBe(50);
  const { apiKey } = world.simulator;
  for (const hidden of [TO, TO.slice(1), TEXT, apiKey]) expect(exported.includes(hidden), hidden).toBe(false);

  const { alerts, panels } = await askedFor();
  const known = new Set(['up', ...(exported.match(/^[a-z_:]+(?=[{ ])/gim) ?? [])]);
  const wanted = [...alerts, ...panels].flatMap(namesIn);
  expect(wanted.length).toBeGreaterThan(20);
  expect([...new Set(wanted)].filter((name) => !known.has(name))).toEqual([]);
});

test('ready means: polling, seen by Temporal, and with a key that is good', async () => {
  const world = await devWorld();
  const proxy = await TemporalProxy.open(world.namespace.address, () => 'pass');
  onTestFinished(() => proxy.close());
  const { get, worker } = await watchedWorker(world, { TEMPORAL_ADDRESS: proxy.address });
  const ready = (status: number) =>
    until(
      `ready is ${status}`,
      () => get('/readyz'),
      (it) => it.status === status,
    );
  expect((await ready(200)).body).toEqual({
    ready: true,
    checks: { poller: 'ok', temporal: 'ok', key: 'ok' },
  });
  expect(await get('/healthz')).toEqual({ status: 200, body: { alive: true, state: 'RUNNING' } });
  await world.leasehold.provision({ reference: 'one', terminateAfterMessages: true, ...BRISK });

  proxy.down();
  const away = await ready(503);
  expect(away.body.checks).toMatchObject({
    poller: 'ok',
    key: 'ok',
    temporal: expect.stringMatching(/^does not answer/) as string,
  });
  expect((await get('/healthz')).status).toBe(200);
  proxy.up();
  await ready(200);
  await worker.stop();

  const refused = await watchedWorker(world, { CONTIGUITY_API_KEY: 'contiguity_sk_wrong' });
  const { body } = await until(
    'it has looked',
    () => refused.get('/readyz'),
    (it) => it.body.checks?.temporal === 'ok',
  );
  expect(body).toMatchObject({
    ready: false,
    checks: { key: expect.stringContaining('CONTIGUITY_API_KEY') as string },
  });
  expect((await refused.get('/healthz')).status).toBe(200);
});

test('an address that is wrong or taken stops the worker with the name of its variable', async () => {
  const world = await devWorld();
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  const address = await until(
    'it listens',
    () => Promise.resolve(taken.address()),
    (it) => it !== null,
  );
  const port = typeof address === 'object' && address ? address.port : 0;
  for (const name of ['LEASEHOLD_METRICS_ADDRESS', 'LEASEHOLD_HEALTH_ADDRESS']) {
    for (const value of [`127.0.0.1:${port}`, 'everywhere']) {
      await expect(startWorkerProcess({ ...world.env, [name]: value }), value).rejects.toThrow(name);
    }
  }
  await world.work();
  await world.leasehold.provision({ reference: 'one', terminateAfterMessages: true, ...BRISK });
});
