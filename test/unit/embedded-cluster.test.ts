import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeClusterConfig } from '../../embedded/cluster-config.js';
import { findClusterPrograms } from '../../embedded/cluster-programs.js';
import { quietPorts } from '../../embedded/ports.js';
import { findPostgres } from '../../embedded/postgres.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'leasehold-cluster-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function stub(path: string, says: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${says}"\n`);
  await chmod(path, 0o755);
}

test('without PostgreSQL one is told what to install', async () => {
  const nothing = await folder();
  await expect(findPostgres({ PATH: nothing }, nothing)).rejects.toThrow(/apt-get install postgresql/);
});

test("Debian's newest PostgreSQL is taken where none is on the PATH, and one that is too old is refused", async () => {
  const debian = await folder();
  const env = { PATH: '/nowhere' };
  const install = async (version: string) => {
    for (const name of ['initdb', 'postgres'])
      await stub(join(debian, version, 'bin', name), `postgres (PostgreSQL) ${version}.4`);
  };
  await install('9');
  await expect(findPostgres(env, debian)).rejects.toThrow(/12 or newer is needed.*9\.4/);
  await install('15');
  await install('17');
  const { postgres, version } = await findPostgres(env, debian);
  expect(postgres).toBe(join(debian, '17', 'bin', 'postgres'));
  expect(version).toBe('postgres (PostgreSQL) 17.4');
});

test('without Go and a cached server one is told what to install', async () => {
  const nothing = await folder();
  const env = { PATH: nothing, LEASEHOLD_CACHE: nothing };
  await expect(findClusterPrograms({ env, report: () => undefined })).rejects.toThrow(/install Go/);
});

test('ports that services find each other by fit into what PostgreSQL keeps of them', async () => {
  const ports = await quietPorts(50);
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(2 ** 15);
  const [taken = 0] = ports;
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(taken, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  expect((listener.address() as AddressInfo).port).toBe(taken);
  expect(await quietPorts(200)).not.toContain(taken);
});

test("the server's configuration has every service on two ports of its own, and eager activities on", async () => {
  const dir = await folder();
  const ports = [7233, 2, 3, 4, 5, 6, 7, 8];
  await writeClusterConfig(dir, { ports, postgres: { port: 5432, password: 'secret' } });
  const read = async (name: string) =>
    JSON.parse(await readFile(join(dir, 'config', name), 'utf8')) as object;
  const rpc = (grpcPort: number, membershipPort: number) => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true },
  });
  expect(await read('leasehold.yaml')).toMatchObject({
    services: { frontend: rpc(7233, 5), history: rpc(2, 6), matching: rpc(3, 7), worker: rpc(4, 8) },
    persistence: { datastores: { default: { sql: { connectAddr: '127.0.0.1:5432', password: 'secret' } } } },
    dynamicConfigClient: { filepath: 'config/dynamic.yaml' },
  });
  expect(await read('dynamic.yaml')).toMatchObject({
    'system.enableActivityEagerExecution': [{ value: true }],
    'matching.useNewMatcher': [{ value: true }],
    'system.enableDeploymentVersions': [{ value: true }],
  });
});
