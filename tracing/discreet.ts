import {
  context as contexts,
  trace,
  type AttributeValue,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';

/** What spans of Temporal's interceptors may say: the id of a run or of an activity tells nothing of anybody. */
const ALWAYS = ['run_id', 'temporalActivityId'];
/** It holds the number or the reference, as Temporal's own lists do. */
const UNLESS_ENCRYPTED = ['temporalWorkflowId'];

/**
 * A tracer whose spans let through only what is on a list. Temporal's interceptors put the messages and stacks of errors
 * into spans, and the reasons and ids that callers give: they may quote a recipient or a text.
 * @param isEncrypted numbers and references are left out as well
 */
export function discreet(tracer: Tracer, isEncrypted: boolean): Tracer {
  const allowed = new Set(isEncrypted ? ALWAYS : [...ALWAYS, ...UNLESS_ENCRYPTED]);
  const startSpan = (name: string, options?: SpanOptions, context?: Context): Span =>
    new DiscreetSpan(tracer.startSpan(name, options, context), allowed);
  /** The last argument is the function, whichever of the others are given. */
  const startActiveSpan = (name: string, ...rest: unknown[]): never => {
    const work = rest.pop() as (span: Span) => never; // whatever it gives is what its caller expects
    const [options = {}, context = contexts.active()] = rest as [SpanOptions?, Context?];
    const span = startSpan(name, options, context);
    return contexts.with(trace.setSpan(context, span), () => work(span));
  };
  return { startSpan, startActiveSpan };
}

class DiscreetSpan implements Span {
  constructor(
    private readonly span: Span,
    private readonly allowed: ReadonlySet<string>,
  ) {}

  spanContext(): SpanContext {
    return this.span.spanContext();
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.allowed.has(key)) this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Record<string, AttributeValue>): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    return this;
  }

  setStatus({ code }: SpanStatus): this {
    this.span.setStatus({ code });
    return this;
  }

  /** The kind of error, and nothing of what it says. */
  recordException(error: unknown): void {
    const { type, name } = (error ?? {}) as { type?: unknown; name?: unknown };
    const kind = typeof type === 'string' ? type : name;
    if (typeof kind === 'string') this.span.setAttribute('error.type', kind.slice(0, 100));
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  updateName(name: string): this {
    this.span.updateName(name);
    return this;
  }

  isRecording(): boolean {
    return this.span.isRecording();
  }

  end(endTime?: number): void {
    this.span.end(endTime);
  }
}
