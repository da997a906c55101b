import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readEndpoints, stackFolder } from '../../../embedded/endpoints.js';
import { answers } from '../../../embedded/ports.js';
import { built } from '../../../embedded/project.js';
import { startStack, type Stack, type StackEvent } from '../../../embedded/stack.js';
import { keepWorker } from '../../../embedded/worker-process.js';
import { devServer } from '../../support/servers.js';

const ANY_PORTS = { temporal: 0, ui: 0, simulator: 0 };

let dir: string;
let stacks: Stack[];
let events: StackEvent[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'leasehold-stack-'));
  stacks = [];
  events = [];
});
afterEach(async () => {
  for (const stack of stacks) await stack.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A shell that points elsewhere and has no server on its PATH but the one that the tests use. */
const env = () => ({
  ...process.env,
  LEASEHOLD_BUILD_ID: '1.4.0', // of the shell's own workers: none of the stack's
  PATH: `${join(devServer().cli, '..')}:${process.env.PATH ?? ''}`,
  TEMPORAL_ADDRESS: '192.0.2.1:7233',
  TEMPORAL_NAMESPACE: 'elsewhere',
});

async function start(options: { fresh?: boolean; ports?: typeof ANY_PORTS } = {}): Promise<Stack> {
  const stack = await startStack({ dir, env: env(), onEvent: (event) => events.push(event), ...options });
  stacks.push(stack);
  return stack;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('runs server, simulator and worker, writes down where, and comes back there with its state', async () => {
  const first = await start({ ports: ANY_PORTS });
  expect(await readEndpoints(dir)).toEqual(first.endpoints);
  expect(JSON.stringify(events)).toContain('worker ready');
  expect(JSON.stringify(events)).not.toContain('1.4.0'); // it would get no work
  const ui = await fetch(first.endpoints.uiUrl);
  expect(ui.status).toBe(200);
  const numbers = await fetch(`${first.endpoints.simulatorUrl}/numbers/leases`, {
    headers: { authorization: `Token ${first.endpoints.apiKey}` },
  });
  expect(numbers.status).toBe(200);
  await expect(startStack({ dir, env: env(), onEvent: () => undefined })).rejects.toMatchObject({
    exitCode: 2,
  });
  await first.stop();
  expect(await readEndpoints(dir)).toBeUndefined();
  expect(isAlive(first.endpoints.workerPid)).toBe(false);

  const again = await start();
  expect(again.endpoints).toEqual({ ...first.endpoints, workerPid: again.endpoints.workerPid });
});

it('forgets everything where it is told to start afresh', async () => {
  await mkdir(stackFolder(dir));
  const kept = join(stackFolder(dir), 'temporal.db');
  await writeFile(kept, 'no database: a server would not start with it');
  const stack = await start({ ports: ANY_PORTS, fresh: true });
  expect(await readFile(kept, 'utf8')).toMatch(/^SQLite format/);
  expect(await readEndpoints(dir)).toEqual(stack.endpoints);
});

it('starts a worker again that was killed, and writes down its new pid', async () => {
  const { endpoints } = await start({ ports: ANY_PORTS });
  const killed = endpoints.workerPid;
  process.kill(killed, 'SIGKILL');
  await vi.waitFor(async () => expect((await readEndpoints(dir))?.workerPid).not.toBe(killed), {
    timeout: 60_000,
  });
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'worker-exited', exit: { code: null, signal: 'SIGKILL' } }),
  );
  expect(isAlive(endpoints.workerPid)).toBe(true);
});

it('leaves nothing behind when it is killed itself', async () => {
  const script = join(dir, 'stack.mjs');
  await writeFile(
    script,
    `import { startStack } from ${JSON.stringify(built('embedded/stack.js'))};
     const { endpoints } = await startStack({ ...${JSON.stringify({ dir, ports: ANY_PORTS })}, onEvent: () => undefined });
     console.log(JSON.stringify(endpoints));`,
  );
  const parent = spawn(process.execPath, [script], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(parent, 'exit').then(() => Promise.reject(new Error('The stack did not start.')));
  const [line] = (await Promise.race([once(createInterface({ input: parent.stdout }), 'line'), ended])) as [
    string,
  ];
  ended.catch(() => undefined);
  const endpoints = JSON.parse(line) as { temporalAddress: string; workerPid: number };
  parent.kill('SIGKILL');
  await vi.waitFor(
    async () => {
      expect(isAlive(endpoints.workerPid)).toBe(false);
      expect(await answers(endpoints.temporalAddress)).toBe(false);
    },
    { timeout: 60_000 },
  );
});

it('says what a worker said that never became ready', async () => {
  const script = join(dir, 'worker.mjs');
  await writeFile(script, `console.error('CONTIGUITY_API_KEY is not set'); process.exit(2);`);
  const silent = { onReady: () => undefined, onExit: () => undefined, onLine: () => undefined };
  const logFile = join(dir, 'logs', 'worker.log'); // in a folder that nobody has made yet
  await expect(keepWorker({ args: [script], env: process.env, logFile, ...silent })).rejects.toThrow(
    /ended before it was ready: CONTIGUITY_API_KEY is not set/,
  );
  await vi.waitFor(async () => expect(await readFile(logFile, 'utf8')).toContain('CONTIGUITY_API_KEY'));
});
