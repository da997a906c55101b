/** Which task queue a run waits on, and whether a worker polls it: for errors that say that none answered. */
import { isGrpcCancelledError, isGrpcDeadlineError, type WorkflowHandle } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/common';
import proto from '@temporalio/proto';
import { outlastingOutages } from './calls.js';
import type { Context } from './context.js';
import { LeaseholdError } from './errors.js';
import { stalledRun, type StalledRun } from './stalled.js';

const { TaskQueueType } = proto.temporal.api.enums.v1; // a CommonJS module: no named exports

/** After so long without a result, and each time again, it is found out whether a worker is at the run. */
const LOOK_AFTER_MS = 15_000;
const LOOK_AGAIN_AFTER_MS = 60_000;
const LOOK_LIMIT_MS = 3_000;
/** How much earlier than ours the server's deadline may be. */
const SLACK_MS = 1_000;
/** A run that no worker has taken up: it was started, has a task scheduled and may have been cancelled. */
const MAX_EVENTS_BEFORE_FIRST_TASK = 3;

type Handle = Pick<WorkflowHandle, 'workflowId' | 'describe'>;

interface Seen {
  workflowId: string;
  taskQueue: string;
  /** Those that Temporal still lists; one that is gone stays listed for 5 minutes. */
  workers: number;
  isTakenUp: boolean;
  /** Where its workflow tasks fail. */
  stalled: StalledRun | undefined;
}

/** Work that a worker must answer. Where none does, the error names the run's task queue. */
export async function withQueueNamed<T>(context: Context, run: Handle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LeaseholdError) || error.type !== 'NoAnswer') throw error;
    const seen = await lookAt(context, run);
    throw seen ? noAnswerFrom(seen, error.cause) : error;
  }
}

/**
 * Waits for a run's result, through outages of the server. Rejects with `NoAnswer`, after 15 seconds at the earliest,
 * where no worker has taken the run up and none polls its task queue, or where the run's workflow tasks fail for minutes.
 */
export async function resultOf<T extends Workflow>(
  context: Context,
  run: WorkflowHandle<T>,
): Promise<WorkflowResultType<T>> {
  const { connection } = context.client;
  let deadline = 0;
  const wait = (waitMs: number) => {
    deadline = Date.now() + waitMs;
    return connection.withDeadline(deadline, () => run.result());
  };
  for (let waitMs = LOOK_AFTER_MS; ; waitMs = LOOK_AGAIN_AFTER_MS) {
    try {
      return await outlastingOutages(() => wait(waitMs));
    } catch (error) {
      if (!(error instanceof LeaseholdError) || !isOver(error.cause, deadline)) throw error;
      const seen = await lookAt(context, run);
      if (seen?.stalled?.isLasting || (seen?.workers === 0 && !seen.isTakenUp))
        throw noAnswerFrom(seen, error.cause);
    }
  }
}

/** A server that notices first that a call's time is over says that the call was cancelled. */
function isOver(error: unknown, deadline: number): boolean {
  return isGrpcDeadlineError(error) || (isGrpcCancelledError(error) && Date.now() >= deadline - SLACK_MS);
}

/** Undefined where the server does not say. */
async function lookAt({ client, namespace }: Context, run: Handle): Promise<Seen | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + LOOK_LIMIT_MS, async () => {
      const { taskQueue, historyLength } = await run.describe();
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      });
      return {
        workflowId: run.workflowId,
        taskQueue,
        workers: new Set(pollers.map(({ identity }) => identity)).size,
        isTakenUp: historyLength > MAX_EVENTS_BEFORE_FIRST_TASK,
        stalled: await stalledRun(client, { workflowId: run.workflowId }),
      };
    });
  } catch {
    return undefined;
  }
}

function noAnswerFrom({ workflowId, taskQueue, workers, stalled }: Seen, cause: unknown): LeaseholdError {
  const message = stalled
    ? `${workflowId} makes no progress: ${stalled.why}. The request may still take effect once it does`
    : workers === 0
      ? `no worker polls the task queue "${taskQueue}", on which ${workflowId} waits: start one with LEASEHOLD_TASK_QUEUE=${taskQueue}. The request then goes on`
      : `no worker answered in time: ${workers} poll the task queue "${taskQueue}", on which ${workflowId} is. The request may still take effect`;
  return new LeaseholdError('NoAnswer', message, { cause });
}
