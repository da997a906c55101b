import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Pace } from '../contiguity/index.js';

const REFRESH_MS = 5_000;
/** Those that start together see each other soon. */
const FIRST_REFRESH_MS = 1_000;
/** A worker polls anew at least once a minute; whose last poll is older is gone. */
const SEEN_WITHIN_MS = 70_000;

const { TaskQueueType } = proto.temporal.api.enums.v1; // a CommonJS module: Node finds no named exports in it

export interface Queue {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
}

/**
 * Keeps the pace's number of workers at what Temporal sees polling the queue, so that the account's rate holds across all
 * of them and none needs to know the others. Ends with the function that is returned.
 */
export function shareAmongWorkers(pace: Pace, queue: Queue, log: Logger): () => void {
  let warned = false;
  const refresh = async (): Promise<void> => {
    try {
      pace.workers = Math.max(1, await countWorkers(queue));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!warned)
        log.warn({ why }, 'cannot count the workers: it goes on with the last count, or as the only one');
      warned = true;
    }
  };
  const first = setTimeout(() => void refresh(), FIRST_REFRESH_MS);
  const timer = setInterval(() => void refresh(), REFRESH_MS);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}

/** Those that polled for activities lately, each by its identity. */
async function countWorkers(queue: Queue): Promise<number> {
  return new Set(await pollersOf(queue)).size;
}

/** Their identities. */
export async function pollersOf({ connection, namespace, taskQueue }: Queue): Promise<string[]> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  const alive = pollers.filter(({ lastAccessTime }) => {
    return Number(lastAccessTime?.seconds ?? 0) * 1_000 > Date.now() - SEEN_WITHIN_MS;
  });
  return alive.map(({ identity }) => identity ?? '');
}
