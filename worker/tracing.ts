import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { OnCall } from '../contiguity/index.js';
import { startTracingIfOn } from '../tracing/settings.js';
import type { Tracing } from '../tracing/start.js';
import type { TracingSinks } from '../workflows/tracing-interceptors.js';

/** What a worker is made with, so that all that it does is traced. */
export interface WorkerTracing extends Tracing {
  client: WorkflowClientInterceptor[];
  activity: ActivityInterceptorsFactory[];
  onCall: OnCall;
}

/** Undefined, and nothing of OpenTelemetry is loaded, where the environment names nobody to send traces to. */
export async function workerTracing(
  env: NodeJS.ProcessEnv,
  isEncrypted: boolean,
  log: Logger,
): Promise<WorkerTracing | undefined> {
  const tracing = await startTracingIfOn(env, 'leasehold-worker', (why) =>
    log.warn({ why }, 'traces are lost'),
  );
  if (!tracing) return undefined;
  const { activityTracing, clientTracing } = await import('../tracing/temporal.js');
  const { traceCall: onCall } = await import('../tracing/api-calls.js');
  return { ...tracing, client: clientTracing(isEncrypted), activity: activityTracing(isEncrypted), onCall };
}

/** A run that somebody traces tells its steps to every worker, also to one that has nobody to tell. */
export function workflowSpans(tracing: Tracing | undefined): InjectedSinks<TracingSinks> {
  return { tracing: { span: { fn: (_run, span) => tracing?.onWorkflowSpan(span) } } };
}
