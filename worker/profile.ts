import type { WorkerOptions } from '@temporalio/worker';

/** How a worker process is sized. */
export const WORKER_PROFILE = {
  /**
   * One thread runs them all. What it is given and cannot begin within a task's ten seconds times out and is done again, so
   * it takes no more at a time than it does in a few seconds, with thousands of leases that expire at once as well.
   */
  maxConcurrentWorkflowTaskExecutions: 100,
  /** Many more than acquires may wait in: the calls that they wait for need places too, and reads that wait for a slow API. */
  maxConcurrentActivityTaskExecutions: 1_000,
  maxCachedWorkflows: 4_000,
  /** Above the longest call (15 s), below the usual 30 s in which a container is killed. */
  shutdownGraceTime: '20s',
  shutdownForceTime: '28s',
} as const satisfies Partial<WorkerOptions>;
