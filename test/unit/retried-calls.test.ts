import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcCancelledError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { RETRIED_CALLS } from '../../client/retried-calls.js';

test('a call that waits for its retry is cancelled when its connection closes', async () => {
  const connection = Connection.lazy({ address: '127.0.0.1:9', interceptors: RETRIED_CALLS });
  const deadline = Date.now() + 10_000;
  const call = connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
  const outcome = call.catch((error: unknown) => error);
  await sleep(50);
  await connection.close();
  expect(await outcome).toSatisfy(isGrpcCancelledError);
  expect(Date.now()).toBeLessThan(deadline);
});
