import type { ConnectionLike, WorkflowHandle } from '@temporalio/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { untilAdmitted } from '../../client/calls.js';
import type { Context } from '../../client/context.js';
import { resultOf } from '../../client/task-queue.js';

const connection = {
  withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
} as unknown as ConnectionLike;

/** As gRPC gives it to Temporal's client. */
function refusal(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}

const unavailable = (details: string) => refusal(14, details);
const notReady = (details: string) => refusal(9, details);

async function asked(error: Error, limitMs = 5_000): Promise<{ times: number; answer: unknown }> {
  let times = 0;
  const call = (): Promise<string> => {
    times += 1;
    return times < 3 ? Promise.reject(error) : Promise.resolve('done');
  };
  const answer = await untilAdmitted(connection, limitMs, call).catch((refused: unknown) => refused);
  return { times, answer };
}

test('an update that the server dropped before it was done is asked for again', async () => {
  expect(await asked(unavailable('workflow update was aborted'))).toEqual({ times: 3, answer: 'done' });
});

test('it is not asked for again when the time is over', async () => {
  const { times, answer } = await asked(unavailable('workflow update was aborted'), 40);
  expect(times).toBe(1);
  expect(answer).toMatchObject({ type: 'Unreachable' });
});

test('a server that is away is told at once', async () => {
  const { times, answer } = await asked(unavailable('No connection established'));
  expect(times).toBe(1);
  expect(answer).toMatchObject({ type: 'Unreachable' });
});

test.each([
  'Unable to perform workflow execution update due to Workflow Task in failed state.',
  'Unable to perform workflow execution update due to unexpected workflow task failure.',
])('an update that a failing task did not take is asked for again: %s', async (details) => {
  expect(await asked(notReady(details))).toEqual({ times: 3, answer: 'done' });
  expect(await asked(notReady(details), 40)).toMatchObject({ times: 1, answer: { type: 'NoAnswer' } });
});

test('what else the server is not ready for is told at once', async () => {
  const paused = notReady('Workflow is paused. Cannot update the workflow.');
  expect(await asked(paused)).toMatchObject({ times: 1, answer: { type: 'UnexpectedResponse' } });
});

test('a run whose tasks fail for more than a minute is not asked any more, however long the request may take', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const failing = notReady(
    'Unable to perform workflow execution update due to Workflow Task in failed state.',
  );
  const began = Date.now();
  const asking = untilAdmitted(connection, 10 * 60_000, () => Promise.reject(failing));
  const refused = expect(asking).rejects.toMatchObject({ type: 'NoAnswer' });
  await vi.advanceTimersByTimeAsync(61_000);
  await refused;
  expect(Date.now() - began).toBeLessThanOrEqual(61_000);
});

test.each([
  ['the server calls the end of its time a cancel', 15_000, 'done'],
  ['somebody cancels it', 5_000, expect.objectContaining({ type: 'NoAnswer' })],
] as const)('a wait for a result where %s', async (_, afterMs, outcome) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let times = 0;
  const run = {
    workflowId: 'lease/+14155550100',
    describe: () => Promise.reject(unavailable('No connection established')),
    result: () => {
      times += 1;
      if (times > 1) return Promise.resolve('done');
      vi.setSystemTime(Date.now() + afterMs);
      return Promise.reject(refusal(1, 'Call cancelled'));
    },
  } as unknown as WorkflowHandle<() => Promise<string>>;
  const context = { client: { connection } } as unknown as Context;
  expect(await resultOf(context, run).catch((error: unknown) => error)).toEqual(outcome);
});
