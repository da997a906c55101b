import { defaultPayloadConverter, type Headers, type Payload } from '@temporalio/common';

/** Where a step stands in a trace, as W3C words it; nothing here knows more of tracing than that. */
export interface Trace {
  /** `00-<trace id>-<span id>-<flags>`. */
  traceparent: string;
  tracestate?: string;
}

/** The header in which all of Temporal's SDKs carry a trace. */
const TRACE_HEADER = '_tracer-data';
const TRACEPARENT = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

interface Traces {
  ofRun?: Trace;
  ofAsker?: Trace | undefined;
}

/** Modules are loaded once for all runs of a worker (decision 20); only the global object is each run's own. */
const OWN = globalThis as { leaseholdTraces?: Traces };
const traces = (): Traces => (OWN.leaseholdTraces ??= {});

/** From here on every step belongs to this trace, but for those that are begun within `inTrace`. */
export function belongTo(trace: Trace): void {
  traces().ofRun = trace;
}

/** What is begun before `begin` returns belongs to this trace; without one nothing is different. */
export function inTrace<T>(trace: Trace | undefined, begin: () => T): T {
  if (!trace) return begin();
  const own = traces();
  const before = own.ofAsker;
  own.ofAsker = trace;
  try {
    return begin();
  } finally {
    own.ofAsker = before;
  }
}

/** The trace of the update or the signal that is being taken up now, to do its work in later. */
export function askersTrace(): Trace | undefined {
  return traces().ofAsker;
}

/** The trace that a header brings, if it brings one. */
export function traceOf(headers: Headers): Trace | undefined {
  const payload = headers[TRACE_HEADER];
  if (!payload) return undefined;
  const { traceparent, tracestate } = fieldsOf(payload);
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** A header that is no trace, from any program, must not fail the workflow task. */
function fieldsOf(payload: Payload): Partial<Trace> {
  try {
    return defaultPayloadConverter.fromPayload<Partial<Trace> | null>(payload) ?? {};
  } catch {
    return {};
  }
}

/** The headers of a step, with the trace that it belongs to. */
export function withTrace(headers: Headers): Headers {
  const { ofAsker, ofRun } = traces();
  const trace = ofAsker ?? ofRun;
  return trace ? { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) } : headers;
}
