/**
 * A program in another language that knows only the contract: Temporal's own command line, written in Go, with plain
 * JSON. It passes no check of our library.
 */
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Leased, LeaseResult, LeaseStatus } from '../../../domain/contract.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { devServer } from '../../support/servers.js';

const TO = '+12025550123';

interface Said {
  code: number | null;
  output: string;
  errors: string;
}

async function temporal({ namespace, taskQueue }: DevWorld, args: string[]): Promise<Said> {
  const where = ['--address', namespace.address, '--namespace', namespace.name, '--output', 'json'];
  const queue = args.includes('start') ? ['--task-queue', taskQueue] : [];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(devServer().cli, [...args, ...queue, ...where], { env: { PATH, HOME } });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output, errors };
}

const start = (world: DevWorld, reference: string, input: unknown) =>
  temporal(world, [
    'workflow',
    'start',
    ...['--type', 'provisionLease', '--workflow-id', `provision/${reference}`],
    ...['--input', JSON.stringify(input)],
  ]);

const update = (world: DevWorld, number: string, name: string, input: unknown, id: string) =>
  temporal(world, [
    ...['workflow', 'update', 'execute', '--workflow-id', `lease/${number}`],
    ...['--name', name, '--update-id', id, '--input', JSON.stringify(input)],
  ]);

const query = (world: DevWorld, workflowId: string) =>
  temporal(world, ['workflow', 'query', '--workflow-id', workflowId, '--type', 'status']);

/** Fields of one JSON answer; an answer that is none fails the test with what was said instead. */
function fields({ code, output, errors }: Said): Record<string, unknown> {
  if (code !== 0) throw new Error(`exit code ${code ?? 'none'}: ${output}${errors}`);
  return JSON.parse(output) as Record<string, unknown>;
}

async function resultOf(world: DevWorld, workflowId: string): Promise<unknown> {
  return fields(await temporal(world, ['workflow', 'result', '--workflow-id', workflowId]))['result'];
}

async function statusOf(world: DevWorld, number: string): Promise<LeaseStatus> {
  const { queryResult } = fields(await query(world, `lease/${number}`));
  return (Array.isArray(queryResult) ? queryResult[0] : queryResult) as LeaseStatus;
}

test('starts, sends, extends, asks and terminates with plain JSON', async () => {
  const world = await devWorld();
  await world.work();
  const request = { reference: 'from-go', criteria: { country: 'US' }, term: '30 days', ...BRISK };
  fields(await start(world, 'from-go', request));
  const leased = (await resultOf(world, 'provision/from-go')) as Leased;
  expect(leased).toMatchObject({
    reference: 'from-go',
    status: 'active',
    leaseId: expect.stringMatching(/^lsd_/) as string,
  });
  const { number, leasedAt } = leased;

  const text = { id: 'm1', to: TO, message: 'Hello from Go' };
  const [once, twice] = [
    await update(world, number, 'send', text, 'm1'),
    await update(world, number, 'send', text, 'm1'),
  ];
  expect(fields(once)['result']).toMatchObject({ id: 'm1', outcome: 'sent' });
  expect(fields(twice)['result']).toEqual(fields(once)['result']);
  expect(await world.entries('text')).toMatchObject([{ message: 'Hello from Go' }]);

  const extended = fields(await update(world, number, 'extend', { term: '1 day' }, 'e1'));
  const DAYS_31_MS = 31 * 86_400_000;
  const expiresAt = new Date(Date.parse(leasedAt) + DAYS_31_MS).toISOString();
  expect(extended['result']).toEqual({ expiresAt });
  expect(await statusOf(world, number)).toMatchObject({
    state: 'active',
    reference: 'from-go',
    expiresAt,
    counts: { sent: 1 },
  });

  const terminated = fields(await update(world, number, 'terminate', { reason: 'over' }, 't1'));
  expect(terminated['result']).toEqual({ state: 'terminating' });
  const result = (await resultOf(world, `lease/${number}`)) as LeaseResult;
  expect(result).toMatchObject({ leaseId: leased.leaseId, reason: 'over', releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('a bad input fails the run with the field in its message, and nothing is leased', async () => {
  const world = await devWorld();
  await world.work();
  const WRONG = [
    [{ reference: 'w1', number: '12' }, 'number'],
    [{ reference: 'w2', colour: 'red' }, 'colour'],
    [{ reference: 'w3', term: '-3 days' }, 'term'],
    [{ criteria: {} }, 'reference'],
    ['not an object', 'object'],
  ] as const;
  for (const [index, [input, named]] of WRONG.entries()) {
    await start(world, `wrong-${index}`, input);
    const said = await temporal(world, ['workflow', 'result', '--workflow-id', `provision/wrong-${index}`]);
    expect(said.code).not.toBe(0);
    expect(said.output + said.errors).toContain('InvalidRequest');
    expect(said.output + said.errors).toContain(named);
  }
  expect(await world.entries('leased')).toEqual([]);
});

test('a rejected update fails with its type and leaves no trace in the history', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'strict', ...BRISK });
  const before = (await world.run(lease.number).describe()).historyLength;
  const rejected = await update(world, lease.number, 'send', { id: 'm1', to: '555', message: 'Hi' }, 'm1');
  expect(rejected.code).not.toBe(0);
  expect(rejected.output + rejected.errors).toContain('E.164');
  const unknown = await update(world, lease.number, 'extend', { days: 3 }, 'e1');
  expect(unknown.output + unknown.errors).toContain('unknown field days');
  expect((await world.run(lease.number).describe()).historyLength).toBe(before);
  const { events } = await world.run(lease.number).fetchHistory();
  const names = events?.flatMap(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) =>
    accepted ? [accepted.acceptedRequest?.input?.name] : [],
  );
  expect(names).toEqual(['acquire']);
  await lease.terminate();
  await lease.released();
});

test('a run that is started with no worker up is done when one comes', async () => {
  const world = await devWorld();
  const request = {
    reference: 'early',
    messages: [{ id: 'm1', to: TO, message: 'Hi' }],
    terminateAfterMessages: true,
    ...BRISK,
  };
  fields(await start(world, 'early', request));
  const [run] = await until(
    'the run is listed',
    () => world.allRuns(),
    (runs) => runs.length === 1,
  );
  expect(run).toMatchObject({ workflowId: 'provision/early', status: { name: 'RUNNING' } });
  await world.work();
  const { number } = (await resultOf(world, 'provision/early')) as Leased;
  expect(await resultOf(world, `lease/${number}`)).toMatchObject({ counts: { sent: 1 } });
});
