/** OpenTelemetry for a process of this product. Loaded only where tracing is on. */
import { context, propagation, trace, TraceFlags, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { millisToHrTime, setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResourcesSync, envDetectorSync, Resource, type IResource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { WorkflowSpan } from '../workflows/tracing-interceptors.js';

const SCOPE = { name: 'leasehold-workflow' };
/** So long a process that ends waits for the collector to take what is left. */
const FLUSH_LIMIT_MS = 5_000;
const TELL_EVERY_MS = 60_000;

export interface Tracing {
  /** Exports what a workflow told; its ids are made in the workflow. */
  onWorkflowSpan(span: WorkflowSpan): void;
  /** Sends what is left; gives up, and never rejects, where the collector does not take it. */
  close(): Promise<void>;
}

/**
 * Makes this process export spans over OTLP/HTTP, as JSON. Endpoint, headers, sampler, batches and names come from OpenTelemetry's own
 * variables, which its SDK reads from the process. Once a process.
 * @param service `service.name`, unless `OTEL_SERVICE_NAME` says another
 * @param onLost told why spans are lost, at most once a minute; default: nobody is
 */
export function startTracing(service: string, onLost: (why: string) => void = () => undefined): Tracing {
  let toldAt = Number.NEGATIVE_INFINITY;
  setGlobalErrorHandler((error) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    onLost(inWords(error));
  });
  const named = new Resource({ 'service.name': service });
  const resource = named.merge(detectResourcesSync({ detectors: [envDetectorSync] }));
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  // without baggage: nobody knows what callers put into it, and it would go into histories
  provider.register({ propagator: new W3CTraceContextPropagator() });
  return {
    onWorkflowSpan: (span) => processor.onEnd(readable(span, resource)),
    close: async () => {
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, FLUSH_LIMIT_MS).unref())]);
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}

/** A refused connection is several errors in one, which has no words of its own. */
function inWords(error: unknown): string {
  const { message, code, name } = error as { message?: string; code?: string | number; name?: string };
  return String(message || code || name || 'unknown').slice(0, 300);
}

function readable(span: WorkflowSpan, resource: IResource): ReadableSpan {
  const { name, traceId, spanId, parentSpanId, startedAt, endedAt, isFailed } = span;
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
    parentSpanId,
    startTime: millisToHrTime(startedAt),
    endTime: millisToHrTime(endedAt),
    duration: millisToHrTime(endedAt - startedAt),
    status: { code: isFailed ? SpanStatusCode.ERROR : SpanStatusCode.OK },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationLibrary: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
