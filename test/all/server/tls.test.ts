/** Temporal behind mutual TLS, as Temporal Cloud and well-kept clusters are, by a profile of Temporal's own configuration file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Leasehold } from '../../../client/index.js';
import { makeCertificates, type Certificates, type Pair } from '../../support/certificates.js';
import { BRISK, devWorld } from '../../support/dev-world.js';
import { devServer } from '../../support/servers.js';
import { startTlsFront } from '../../support/tls-front.js';
import { startWorkerProcess } from '../../support/worker-process.js';

/** A configuration file with one profile, and the environment that names both. */
async function profile(address: string, namespace: string, trusted: Pair, shown?: Pair) {
  const folder = await mkdtemp(join(tmpdir(), 'leasehold-tls-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const save = async (name: string, pem: string) => {
    await writeFile(join(folder, name), pem, { mode: 0o600 });
    return `${name.replace('.pem', '_path')} = ${JSON.stringify(join(folder, name))}`;
  };
  const lines = [
    '[profile.production]',
    `address = "${address}"`,
    `namespace = "${namespace}"`,
    '[profile.production.tls]',
    await save('server_ca_cert.pem', trusted.cert),
    ...(shown ? [await save('client_cert.pem', shown.cert), await save('client_key.pem', shown.key)] : []),
  ];
  const file = join(folder, 'temporal.toml');
  await writeFile(file, lines.join('\n'));
  return { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'production' };
}

async function frontOf(certificates: Certificates) {
  const front = await startTlsFront(devServer().address, certificates);
  onTestFinished(() => front.close());
  return front;
}

function withoutTemporal(env: NodeJS.ProcessEnv): Record<string, string> {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return Object.fromEntries(others) as Record<string, string>;
}

test('a number lives its life through mutual TLS', async () => {
  const world = await devWorld();
  const certificates = await makeCertificates();
  const { address } = await frontOf(certificates);
  const { TEMPORAL_NAMESPACE: namespace = '' } = world.env;
  const temporal = await profile(address, namespace, certificates.authority, certificates.client);
  const env = { ...withoutTemporal(world.env), ...temporal };
  const worker = await startWorkerProcess(env);
  onTestFinished(async () => {
    await worker.stop();
  });
  const leasehold = await Leasehold.connect({ env });
  onTestFinished(() => leasehold.close());
  const lease = await leasehold.provision({ reference: 'behind-tls', ...BRISK });
  expect(await lease.send({ id: 'm1', to: '+12025550123', message: 'Hello' })).toMatchObject({
    outcome: 'sent',
  });
  await lease.terminate();
  expect(await lease.released()).toMatchObject({ number: lease.number });
});

test('nobody gets in without a certificate, or with one of another authority, and nobody believes another server', async () => {
  const [certificates, others] = await Promise.all([makeCertificates(), makeCertificates()]);
  const { address } = await frontOf(certificates);
  const enter = (trusted: Pair, shown?: Pair) => profile(address, 'default', trusted, shown);
  const wrong = [
    await enter(certificates.authority),
    await enter(certificates.authority, others.client),
    await enter(others.authority, certificates.client),
  ];
  const api = { CONTIGUITY_API_KEY: 'contiguity_sk_none', CONTIGUITY_BASE_URL: 'http://127.0.0.1:9' };
  for (const temporal of wrong) {
    const env = { ...api, ...temporal };
    await expect(Leasehold.connect({ env })).rejects.toMatchObject({ type: 'Unreachable' });
    await expect(startWorkerProcess(env)).rejects.toThrow(/no Temporal server answers at 127\.0\.0\.1/);
  }
}, 90_000);
