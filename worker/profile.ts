import type { WorkerOptions } from '@temporalio/worker';

/**
 * How a worker process is sized. A local activity holds its workflow task's slot while it waits for another run of
 * this worker, so there must be more slots for workflow tasks than for local activities: otherwise provisions that
 * wait could keep the lease runs that they wait for from going on.
 */
export const WORKER_PROFILE = {
  maxConcurrentWorkflowTaskExecutions: 2_000,
  maxConcurrentLocalActivityExecutions: 1_000,
  maxConcurrentActivityTaskExecutions: 200,
  maxCachedWorkflows: 4_000,
  /** Above the longest call (15 s), below the usual 30 s in which a container is killed. */
  shutdownGraceTime: '20s',
  shutdownForceTime: '28s',
} as const satisfies Partial<WorkerOptions>;
