import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { FastifyInstance } from 'fastify';
import { refused } from './problems.js';

/** A question that anybody may ask must not become a load on Temporal. */
const BELIEVED_MS = 2_000;
const LOOK_LIMIT_MS = 3_000;
/** A worker polls anew each minute, and Temporal remembers it for some minutes after it is gone. */
const SEEN_WITHIN_MS = 120_000;

export interface HealthOptions {
  client: Client;
  taskQueue: string;
  isStopping: () => boolean;
}

/** `/healthz`: the process answers. `/readyz`: what it is asked can be done, which takes Temporal and a worker. */
export function health(app: FastifyInstance, { client, taskQueue, isStopping }: HealthOptions): void {
  const look = remembered(() => whyNotReady(client, taskQueue));
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const why = isStopping() ? 'it is stopping' : await look();
    if (why !== undefined) throw refused('NotReady', { detail: why });
    return { status: 'ready' };
  });
}

/** The answer of a moment ago, or of the question that is under way. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    if (!answer || Date.now() - askedAt > BELIEVED_MS) {
      askedAt = Date.now();
      answer = ask();
    }
    return answer;
  };
}

async function whyNotReady(client: Client, taskQueue: string): Promise<string | undefined> {
  const { connection, workflowService } = client;
  const { namespace } = client.options;
  try {
    const { pollers } = await connection.withDeadline(Date.now() + LOOK_LIMIT_MS, () =>
      workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
    );
    const since = Date.now() - SEEN_WITHIN_MS;
    const isThere = pollers.some(({ lastAccessTime }) => lastAccessTime && tsToMs(lastAccessTime) > since);
    return isThere ? undefined : 'no worker polls the task queue';
  } catch {
    return 'Temporal cannot be reached';
  }
}
