import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  lockStack,
  readEndpoints,
  removeEndpoints,
  stackFolder,
  writeEndpoints,
} from '../../embedded/endpoints.js';
import { choosePort } from '../../embedded/ports.js';
import { choosePorts, rememberPorts } from '../../embedded/stack-ports.js';

/** No process has it: beyond what any system hands out. */
const NOBODY = 2 ** 30;

let dir: string;
let listener: Server;
let port: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'leasehold-stack-'));
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  port = (listener.address() as AddressInfo).port;
});
afterEach(async () => {
  listener.close();
  await rm(dir, { recursive: true, force: true });
});

const endpoints = (facts: { pid: number; port: number }) => ({
  temporalAddress: `127.0.0.1:${facts.port}`,
  namespace: 'default',
  uiUrl: 'http://127.0.0.1:8233',
  simulatorUrl: 'http://127.0.0.1:4010',
  apiKey: 'contiguity_sk_simulator',
  pid: facts.pid,
  workerPid: 1,
});

it('gives endpoints while their stack is there, and only then', async () => {
  const release = await lockStack(dir);
  expect(await readEndpoints(dir)).toBeUndefined();
  await writeEndpoints(dir, endpoints({ pid: process.pid, port }));
  expect(await readEndpoints(dir)).toMatchObject({ temporalAddress: `127.0.0.1:${port}` });
  await writeEndpoints(dir, endpoints({ pid: NOBODY, port }));
  expect(await readEndpoints(dir)).toBeUndefined();
  await removeEndpoints(dir);
  await release();
  expect(await readdir(stackFolder(dir))).toEqual([]);
});

it('takes a file that is not ours for no endpoints', async () => {
  await lockStack(dir);
  await writeFile(join(stackFolder(dir), 'endpoints.json'), '{"pid":1');
  expect(await readEndpoints(dir)).toBeUndefined();
});

it('refuses a second stack in one folder in one line', async () => {
  await lockStack(dir);
  await writeEndpoints(dir, endpoints({ pid: process.pid, port }));
  await expect(lockStack(dir)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/runs here already/) as string,
  });
});

it('takes over from a stack that crashed', async () => {
  await lockStack(dir);
  await writeFile(join(stackFolder(dir), 'lock'), `${NOBODY}`);
  await expect(lockStack(dir)).resolves.toBeTypeOf('function');
});

it('refuses while another process starts a stack', async () => {
  await lockStack(dir);
  await writeFile(join(stackFolder(dir), 'lock'), `${process.ppid}`);
  await expect(lockStack(dir)).rejects.toThrow(/is starting or stopping here/);
});

it('gives way to a free port, but not where the port was asked for', async () => {
  expect(await choosePort({ byDefault: port, what: 'Temporal' })).not.toBe(port);
  await expect(choosePort({ asked: port, what: 'Temporal' })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(`Port ${port} for Temporal is in use`) as string,
  });
});

it('takes a free port that the system gives to nobody else meanwhile', async () => {
  expect(await choosePort({ what: 'Temporal' })).toBeLessThan(2 ** 15);
});

it('comes back on the ports of last time', async () => {
  await lockStack(dir);
  const folder = stackFolder(dir);
  const first = await choosePorts(folder, { temporal: 0, ui: 0, simulator: 0 });
  await rememberPorts(folder, first);
  expect(await choosePorts(folder, {})).toEqual(first);
});
