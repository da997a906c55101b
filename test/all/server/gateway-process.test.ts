/** The gateway as an operator runs it: a process of its own, and programs in other languages that call it. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../../../embedded/project.js';
import { makeKey } from '../../../gateway/keys.js';
import { BRISK, devWorld, until } from '../../support/dev-world.js';
import { startGateway } from '../../support/gateway-process.js';

const exec = promisify(execFile);
const key = makeKey('clients', 'full');

const has = async (program: string): Promise<boolean> => {
  return exec(program, ['--version']).then(
    () => true,
    () => false,
  );
};

it.each([
  ['python3', 'life.py'],
  ['sh', 'life.sh'],
])('%s takes a number through its life by the document alone', async (program, script) => {
  if (!(await has(program === 'sh' ? 'curl' : program))) return; // nothing to run it with here
  const world = await devWorld();
  await world.work();
  const { url, lines } = await startGateway(key.entry, world.env);
  const file = join(ROOT, 'test', 'gateway-clients', script);
  const reference = `${program} ${randomUUID()}`;
  const { PATH = '', HOME = '' } = process.env;
  const { stdout } = await exec(program, [file, reference], {
    env: { PATH, HOME, GATEWAY_URL: url, GATEWAY_KEY: key.key },
  });
  const ended = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { number: string; state: string };
  expect(ended.state).toBe('released');
  expect((await world.entries('text')).map(({ number }) => number)).toEqual([ended.number]);
  const log = lines.join('\n');
  expect(log).toContain('"route":"/v1/leases/:number/messages"');
  expect(log).toContain('"key":"clients"');
  for (const secret of [key.key, 'Hello from', '+12025550123', ended.number])
    expect(log).not.toContain(secret);
});

it('drains on SIGTERM: a caller who waits is told where to look', async () => {
  const world = await devWorld();
  const nobody = { ...world.env, LEASEHOLD_TASK_QUEUE: `nobody-${randomUUID()}` };
  const { url, child, lines } = await startGateway(key.entry, nobody);
  const headers = { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' };
  const reference = `order-${randomUUID()}`;
  const waiting = fetch(`${url}/v1/leases?wait=60s`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ reference, ...BRISK }),
  });
  await until(
    'the request is under way',
    () => world.allRuns(),
    (runs) => runs.length === 1,
  );
  child.process.kill('SIGTERM');
  const answer = await waiting;
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`/v1/provisions/${reference}`);
  expect(await child.exited).toMatchObject({ code: 0 });
  expect(lines.join('\n')).toContain('gateway drained');
  await world.client.workflow.getHandle(`provision/${reference}`).terminate();
});
