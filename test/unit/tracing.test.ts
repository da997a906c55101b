import { context, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CallSeen } from '../../contiguity/index.js';
import { traceCall } from '../../tracing/api-calls.js';
import { discreet } from '../../tracing/discreet.js';
import { isTracingOn } from '../../tracing/settings.js';

const seen = new InMemorySpanExporter();

beforeEach(() => {
  seen.reset();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(seen)] });
  provider.register();
  onTestFinished(() => [trace, context].forEach((api) => api.disable()));
});

it.each<[boolean, NodeJS.ProcessEnv]>([
  [false, {}],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  [true, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }],
  [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }],
  [false, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }],
])('tracing is on: %s, with %j', (isOn, env) => expect(isTracingOn(env)).toBe(isOn));

describe('a discreet span', () => {
  const say = (span: Span) => {
    span.setAttributes({ run_id: 'r', temporalWorkflowId: 'lease/+14155550123', temporalUpdateId: 'secret' });
    span.setAttribute('temporalTerminateReason', 'secret').addEvent('secret').updateName('a step');
    span.addLink({ context: span.spanContext() }).addLinks([]);
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'secret' });
    span.recordException(Object.assign(new Error('secret'), { type: 'MessageRefused' }));
    span.end();
  };

  it.each([
    [false, { run_id: 'r', temporalWorkflowId: 'lease/+14155550123', 'error.type': 'MessageRefused' }],
    [true, { run_id: 'r', 'error.type': 'MessageRefused' }],
  ])('says what is on the list and nothing else; encrypted: %s', (isEncrypted, said) => {
    const tracer = discreet(trace.getTracer('test'), isEncrypted);
    tracer.startActiveSpan('above', (above) => {
      tracer.startActiveSpan('below', {}, say);
      above.end();
    });
    const [below, above] = seen.getFinishedSpans();
    expect(below).toMatchObject({ name: 'a step', events: [], links: [] });
    expect(below?.attributes).toEqual(said);
    expect(below?.status).toEqual({ code: 2 });
    expect(below?.parentSpanId).toBe(above?.spanContext().spanId);
  });

  it('names an error that has no type by its class, and what is none not at all', () => {
    const tracer = discreet(trace.getTracer('test'), false);
    for (const error of [new TypeError('secret'), 'secret', undefined]) {
      const span = tracer.startSpan('a step');
      span.recordException(error as Error);
      span.end();
    }
    const said = seen.getFinishedSpans().map(({ attributes }) => attributes);
    expect(said).toEqual([{ 'error.type': 'TypeError' }, {}, {}]);
  });
});

describe('the span of a call to the API', () => {
  const call: CallSeen = { route: 'POST /send/text', status: 200, outcome: 'confirmed', milliseconds: 120 };

  it('lies below what made it, is as long as it took, and tells when it is no success', () => {
    trace.getTracer('test').startActiveSpan('above', (above) => {
      traceCall(call);
      traceCall({ ...call, status: undefined, outcome: 'ambiguous' });
      above.end();
    });
    const [good, lost, above] = seen.getFinishedSpans();
    expect(good?.parentSpanId).toBe(above?.spanContext().spanId);
    expect(good?.duration).toEqual([0, 120_000_000]);
    expect(good?.status.code).toBe(0);
    expect(lost?.status.code).toBe(2);
    expect(lost?.attributes).toEqual({
      'http.request.method': 'POST',
      'url.template': '/send/text',
      'leasehold.outcome': 'ambiguous',
    });
  });

  it('is none where nothing made it that is traced', () => {
    traceCall(call);
    expect(seen.getFinishedSpans()).toEqual([]);
  });
});
