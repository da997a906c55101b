import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { CallSeen } from '../contiguity/index.js';

/**
 * A span for each call to the API, below the activity that made it. It is told when the call is over, and nothing of the
 * trace goes to the vendor. Calls that belong to no activity, such as a health check's, have none.
 */
export function traceCall({ route, status, outcome, milliseconds }: CallSeen): void {
  if (!trace.getActiveSpan()) return;
  const [method = '', template = ''] = route.split(' ');
  const endTime = Date.now();
  const span = trace.getTracer('leasehold-contiguity').startSpan(route, {
    kind: SpanKind.CLIENT,
    startTime: endTime - milliseconds,
    attributes: {
      'http.request.method': method,
      'url.template': template,
      'leasehold.outcome': outcome,
      ...(status !== undefined && { 'http.response.status_code': status }),
    },
  });
  if (outcome !== 'confirmed') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endTime);
}
