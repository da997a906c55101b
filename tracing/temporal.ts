/** Traces between a caller, Temporal and activities: the SDK's own interceptors, kept from saying too much. */
import { trace } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { discreet } from './discreet.js';

/** What a client of Temporal's is given as `interceptors.workflow`. */
export function clientTracing(isEncrypted: boolean): WorkflowClientInterceptor[] {
  const tracer = discreet(trace.getTracer('leasehold-client'), isEncrypted);
  return [new OpenTelemetryWorkflowClientInterceptor({ tracer })];
}

/** What a worker is given as `interceptors.activity`. */
export function activityTracing(isEncrypted: boolean): ActivityInterceptorsFactory[] {
  const tracer = discreet(trace.getTracer('leasehold-activity'), isEncrypted);
  return [(context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context, { tracer }) })];
}
