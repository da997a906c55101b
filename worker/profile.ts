import type { WorkerOptions } from '@temporalio/worker';

/**
 * How a worker process is sized. A local activity holds its workflow task's slot, so there are more slots for workflow
 * tasks than for local activities: reads that wait for a slow API do not keep other runs from going on.
 */
export const WORKER_PROFILE = {
  maxConcurrentWorkflowTaskExecutions: 2_000,
  maxConcurrentLocalActivityExecutions: 1_000,
  /** Twice as many as acquires may wait in: the lease calls that they wait for need places too. */
  maxConcurrentActivityTaskExecutions: 400,
  maxCachedWorkflows: 4_000,
  /** Above the longest call (15 s), below the usual 30 s in which a container is killed. */
  shutdownGraceTime: '20s',
  shutdownForceTime: '28s',
} as const satisfies Partial<WorkerOptions>;
