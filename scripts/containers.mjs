/**
 * `npm run containers`: builds the image by the Dockerfile and leases one number with containers of it. It needs neither Docker
 * nor a registry of images. See docs/deployment.md.
 */
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeBase, npmSettings, readFrom } from './containers/base-image.mjs';
import { Services } from './containers/services.mjs';
import { Tools, checkTools } from './containers/tools.mjs';
import { ROOT, SetupError, say, step } from './report.mjs';
import { ensureReady, main } from './setup.mjs';

const NETWORK = `leasehold-${process.pid}`;
/** Before each response of the simulator: long enough to stop the worker during a request. */
const LATENCY_MS = 2000;
const RECIPIENT = '+12025550123';

await main(async () => {
  checkTools();
  await ensureReady();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());
  const folder = await mkdtemp(join(tmpdir(), 'leasehold-'));
  const tools = new Tools(folder, stop.signal);
  try {
    await tools.configure();
    const base = await importBase(tools);
    const services = await describeServices(tools, base);
    await buildImage(tools, services.image('worker'), join(folder, 'npm'));
    await tools.podman('network', 'create', NETWORK);
    await leaseNumber(services);
  } finally {
    await step('Removing the containers and images of this run', () => tools.remove());
  }
});

/** Imports the base image, which is made once for each version of Node; gives its name. */
async function importBase(tools) {
  const { cacheDir, install } = await import('../dist/embedded/cache.js');
  const from = await readFrom();
  const folder = `base-image-${from.node}-${from.debian}-${process.arch}`;
  const file = join(cacheDir(), folder, 'base.tar');
  if (!existsSync(file))
    await step(`Making a stand-in for ${from.image}, once`, () =>
      install(cacheDir(), folder, (draft) => makeBase(from, draft, tools)),
    );
  await step(`Importing ${from.image}`, () => tools.podman('import', file, `localhost/${from.image}`));
  return from.image;
}

/** Those of the compose file; the development server of the Temporal CLI takes the place of Temporal on PostgreSQL. */
async function describeServices(tools, base) {
  const { findTemporalCli } = await import('../dist/embedded/temporal-cli.js');
  const { SERVER_SETTINGS } = await import('../dist/embedded/server-settings.js');
  const { path } = await findTemporalCli({ report: say });
  const cli = `${path}:/usr/local/bin/temporal:ro`;
  const settings = Object.entries(SERVER_SETTINGS).map(([name, value]) => `${name}=${value}`);
  return new Services(tools, NETWORK, {
    temporal: {
      image: base,
      entrypoint: ['temporal'],
      command: [
        ...['server', 'start-dev', '--ip=0.0.0.0', '--headless', '--log-level=error'],
        ...settings.map((setting) => `--dynamic-config-value=${setting}`),
      ],
      environment: {},
      volumes: [cli],
      healthcheck: { test: ['CMD', 'temporal', 'operator', 'cluster', 'health'] },
    },
    'temporal-namespace': { image: base, volumes: ['./deploy/temporal:/deploy:ro', cli] },
    simulator: {
      command: ['simulator', '--host=0.0.0.0', '--state=/data/simulator.json', `--latency=${LATENCY_MS}`],
    },
  });
}

async function buildImage(tools, image, npmFolder) {
  const volume = `${await npmSettings(npmFolder)}:/usr/local/etc:ro`;
  const options = [
    '--isolation',
    'chroot',
    '--pull-never',
    '--volume',
    volume,
    '--tag',
    `localhost/${image}`,
  ];
  await step(`Building ${image} by the Dockerfile`, () => tools.buildah('bud', ...options, ROOT));
}

async function leaseNumber(services) {
  await step('Starting Temporal', async () => {
    await services.start('temporal');
    await services.runOnce('temporal-namespace');
  });
  await step('Starting the simulator', () => services.start('simulator'));
  await step('Starting a worker', () => services.start('worker'));
  const leasehold = async (...words) => JSON.parse(await services.runOnce('worker', [...words, '--json']));
  const { number } = await step('Leasing a number', () =>
    leasehold('provision', 'containers', '--country', 'US', '--channel', 'sms'),
  );
  say(`  ${number}`);
  await step('Stopping the worker while it sends a text', () => stopDuringSend(services, leasehold, number));
  await step('Giving the number back', () => leasehold('terminate', number, '--wait'));
  const { entries, open } = await simulator(services, 'ledger');
  const count = (kind) => entries.filter((entry) => entry.kind === kind).length;
  expect(open.length === 0 && count('leased') === 1, 'one lease, which is over', entries);
  expect(count('text') === 1, 'one text', entries);
}

/** The worker finishes the request under way, so that the text is sent once and known as sent. */
async function stopDuringSend(services, leasehold, number) {
  const sending = leasehold('send', number, '--to', RECIPIENT, '--text', 'Hello', '--id', 'hello');
  sending.catch(() => undefined); // awaited below
  while (!(await simulator(services, 'calls'))['POST /send/text']) await sleep(50);
  const begun = performance.now();
  const code = await services.stop('worker');
  say(`  stopped in ${((performance.now() - begun) / 1000).toFixed(1)} s with exit code ${code}`);
  const log = await services.logs('worker');
  expect(code === 0 && log.includes('"worker drained"'), 'a worker that drains and ends with 0', {
    code,
    log,
  });
  const { entries } = await simulator(services, 'ledger');
  expect(
    entries.some(({ kind }) => kind === 'text'),
    'a text sent before the worker ended',
    entries,
  );
  await services.restart('worker');
  const { outcome } = await sending;
  expect(outcome === 'sent', 'a text known as sent', outcome);
}

/** Reads one of the simulator's control routes. */
async function simulator(services, route) {
  const response = await fetch(`http://${await services.address('simulator')}:4010/simulator/${route}`);
  return response.json();
}

function expect(holds, what, found) {
  if (!holds) throw new SetupError(`Expected ${what}; found ${JSON.stringify(found, undefined, 2)}`);
}
