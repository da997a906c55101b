import type { temporal } from '@temporalio/proto';
import type { Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';

type Event = temporal.api.history.v1.IHistoryEvent;
type RawFailure = temporal.api.failure.v1.IFailure;
type RawPayloads = temporal.api.common.v1.IPayloads;

export interface FailureSeen {
  type: string;
  message: string;
}

/** What one event, or a pair of them, says; `at` in epoch milliseconds, `by` an identity of Temporal's. */
export type Fact = { at: number; by: string } & (
  | { kind: 'started'; args: unknown[]; runId: string }
  | { kind: 'asked'; id: string; name: string; args: unknown[] }
  | { kind: 'answered'; id: string; answer?: unknown; failure?: FailureSeen }
  | { kind: 'scheduled'; activity: string; args: unknown[]; summary: string; call: string }
  /** `lost`: the activity ended without a result. `by` is the worker. */
  | { kind: 'called'; activity: string; call: string; result?: unknown; lost: boolean }
  | { kind: 'cancel' }
  | { kind: 'killed'; reason: string }
  | { kind: 'ended'; result?: unknown; failure?: FailureSeen }
  | { kind: 'continued'; runId: string }
);

export type Decode = (payloads: readonly Payload[]) => Promise<unknown[]>;

/** Turns the events of one run into facts, in their order; keeps only what a later event refers to. */
export class EventReader {
  private readonly calls = new Map<string, { activity: string; worker: string }>();
  private worker = '';

  constructor(private readonly decode: Decode) {}

  async read(event: Event): Promise<Fact | undefined> {
    const at = event.eventTime ? tsToMs(event.eventTime) : 0;
    return (await this.ofRun(event, at)) ?? (await this.ofUpdate(event, at)) ?? this.ofActivity(event, at);
  }

  private async ofRun(event: Event, at: number): Promise<Fact | undefined> {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      const runId = started.originalExecutionRunId ?? '';
      return { kind: 'started', at, by: started.identity ?? '', args: await this.all(started.input), runId };
    }
    this.worker = event.workflowTaskCompletedEventAttributes?.identity ?? this.worker;
    const cancel = event.workflowExecutionCancelRequestedEventAttributes;
    if (cancel) return { kind: 'cancel', at, by: cancel.identity ?? '' };
    const killed = event.workflowExecutionTerminatedEventAttributes;
    if (killed) return { kind: 'killed', at, by: killed.identity ?? '', reason: killed.reason ?? '' };
    if (event.workflowExecutionTimedOutEventAttributes) {
      return { kind: 'killed', at, by: '', reason: 'its time limit in Temporal ran out' };
    }
    const continued = event.workflowExecutionContinuedAsNewEventAttributes;
    if (continued)
      return { kind: 'continued', at, by: this.worker, runId: continued.newExecutionRunId ?? '' };
    return this.end(event, at);
  }

  private async end(event: Event, at: number): Promise<Fact | undefined> {
    const ended = { kind: 'ended', at, by: this.worker } as const;
    const completed = event.workflowExecutionCompletedEventAttributes;
    if (completed) return { ...ended, result: (await this.all(completed.result))[0] };
    const failed = event.workflowExecutionFailedEventAttributes;
    if (failed) return { ...ended, failure: await this.failure(failed.failure) };
    if (!event.workflowExecutionCanceledEventAttributes) return undefined;
    return { ...ended, failure: { type: 'Cancelled', message: 'the request was cancelled' } };
  }

  private async ofUpdate(event: Event, at: number): Promise<Fact | undefined> {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (accepted) {
      const { meta, input } = accepted;
      const args = await this.all(input?.args);
      return {
        kind: 'asked',
        at,
        by: meta?.identity ?? '',
        id: meta?.updateId ?? '',
        name: input?.name ?? '',
        args,
      };
    }
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    if (!completed) return undefined;
    const answered = { kind: 'answered', at, by: this.worker, id: completed.meta?.updateId ?? '' } as const;
    const { success, failure } = completed.outcome ?? {};
    if (failure) return { ...answered, failure: await this.failure(failure) };
    return { ...answered, answer: (await this.all(success))[0] };
  }

  private async ofActivity(event: Event, at: number): Promise<Fact | undefined> {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const activity = scheduled.activityType?.name ?? '';
      const call = String(event.eventId);
      this.calls.set(call, { activity, worker: '' });
      const args = await this.all(scheduled.input);
      return {
        kind: 'scheduled',
        at,
        by: this.worker,
        activity,
        call,
        args,
        summary: await this.summary(event),
      };
    }
    const started = event.activityTaskStartedEventAttributes;
    const begun = this.calls.get(String(started?.scheduledEventId));
    if (begun) begun.worker = started?.identity ?? '';
    return this.callEnded(event, at);
  }

  private async callEnded(event: Event, at: number): Promise<Fact | undefined> {
    const completed = event.activityTaskCompletedEventAttributes;
    const over =
      completed ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    const call = String(over?.scheduledEventId);
    const known = this.calls.get(call);
    if (!known) return undefined;
    this.calls.delete(call);
    const result = completed && (await this.all(completed.result))[0];
    return { kind: 'called', at, by: known.worker, activity: known.activity, call, result, lost: !completed };
  }

  private async summary({ userMetadata }: Event): Promise<string> {
    const [text] = userMetadata?.summary ? await this.decode([userMetadata.summary]) : [];
    return typeof text === 'string' ? text : '';
  }

  /** With encryption the message stands among the encoded attributes. */
  private async failure(given: RawFailure | null | undefined): Promise<FailureSeen> {
    const type = given?.applicationFailureInfo?.type ?? 'Failed';
    const [encoded] = given?.encodedAttributes ? await this.decode([given.encodedAttributes]) : [];
    const { message = given?.message ?? '' } = (encoded ?? {}) as { message?: string };
    return { type, message };
  }

  private all(given: RawPayloads | null | undefined): Promise<unknown[]> {
    return this.decode(given?.payloads ?? []);
  }
}
