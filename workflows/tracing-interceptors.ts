/**
 * Carries traces through workflows. A run that was started without a trace is not touched, whatever the worker is set to.
 * In one that was, only headers differ: each call is passed on in the same turn, so nothing is done in another order and
 * a history replays with and without this. Why it is not the SDK's own interceptor: decision 18.
 */
import {
  ContinueAsNew,
  proxySinks,
  workflowInfo,
  type Next,
  type Sinks,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { belongTo, inTrace, traceOf, withTrace, type Trace } from './trace.js';

/** A step of a workflow, for whoever collects spans. Times in epoch milliseconds. */
export interface WorkflowSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  startedAt: number;
  endedAt: number;
  isFailed: boolean;
}

export interface TracingSinks extends Sinks {
  tracing: { span(span: WorkflowSpan): void };
}

const { tracing } = proxySinks<TracingSinks>();

const inbound: WorkflowInboundCallsInterceptor = {
  execute: (input, next) => {
    const parent = traceOf(input.headers);
    return parent ? executeTraced(parent, input, next) : next(input);
  },
  handleUpdate: (input, next) => inTrace(traceOf(input.headers), () => next(input)),
  handleSignal: (input, next) => inTrace(traceOf(input.headers), () => next(input)),
};

const outbound: WorkflowOutboundCallsInterceptor = {
  scheduleActivity: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  startChildWorkflowExecution: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  continueAsNew: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
};

export const interceptors = (): WorkflowInterceptors => ({ inbound: [inbound], outbound: [outbound] });

/**
 * Everything that a run does hangs on a span without a length that is told at its beginning: the run itself may go on for
 * months, and its span can only be told when it is over.
 */
function executeTraced(
  parent: Trace,
  input: WorkflowExecuteInput,
  next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
): Promise<unknown> {
  const { runId, workflowType } = workflowInfo();
  const [version = '', traceId = '', parentSpanId = '', flags = ''] = parent.traceparent.split('-');
  const [begun, ran] = spanIdsOf(runId);
  belongTo({ ...parent, traceparent: [version, traceId, begun, flags].join('-') });
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1;
  const startedAt = Date.now();
  const tell = (name: string, spanId: string, above: string, isFailed = false) => {
    if (!isSampled || workflowInfo().unsafe.isReplaying) return;
    const span = { name: `${name}:${workflowType}`, traceId, spanId, parentSpanId: above, isFailed };
    tracing.span({ ...span, startedAt, endedAt: Date.now() });
  };
  tell('BeginWorkflow', begun, parentSpanId);
  const done = next(input);
  done.then(
    () => tell('RunWorkflow', ran, begun),
    (error: unknown) => tell('RunWorkflow', ran, begun, !(error instanceof ContinueAsNew)),
  );
  return done;
}

/** Ids that a replay gives again and that draw nothing from the run's chance: parts of the run's own id, which is random. */
function spanIdsOf(runId: string): [begun: string, ran: string] {
  const begun = runId.replaceAll('-', '').slice(-16);
  const firstDigit = Number.parseInt(begun.slice(0, 1), 16) ^ 1;
  return [begun, `${firstDigit.toString(16)}${begun.slice(1)}`];
}
