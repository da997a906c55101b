import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { leaseId, provisionId, reconcilePassId } from '../domain/ids.js';
import { WAKE } from '../domain/lease-input.js';
import type { ReconcileReport, ReconcileRequest } from '../domain/reconciliation.js';
import { draw, pick } from '../simulator/draw.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Payload {
  metadata: Record<string, Uint8Array>;
  data: Uint8Array;
}

/** What no converter of ours reads, and what it reads and no handler understands. */
const JUNK: [Payload, ...Payload[]] = [
  {
    metadata: { encoding: utf8('json/protobuf'), messageType: utf8('a.b.C') },
    data: utf8('{"a":1}'),
  },
  { metadata: { encoding: utf8('json/plain') }, data: utf8('{"messageId":') },
  { metadata: { encoding: utf8('binary/unheard-of') }, data: utf8('\u0000\u0001') },
  { metadata: { encoding: utf8('binary/encrypted') }, data: utf8('not encrypted by us') },
  { metadata: {}, data: utf8('{}') },
  { metadata: { encoding: utf8('json/plain') }, data: utf8('[[null]]') },
];
const SIGNALS = [
  NAMES.deliveryReported,
  NAMES.numberSubstituted,
  NAMES.optOutReported,
  WAKE,
  'aSignalOfNobody',
] as const;

/** What people and programs may do to runs at Temporal, none of which may cost a number or a text. */
export class Hazards {
  private readonly terminated = new Map<string, string>();
  /** The runs that go on in place of others which were reset, by run id. */
  readonly successors = new Map<string, string>();
  private passes = 0;

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  /** Runs that a person terminated: their numbers have no owner until the next pass of reconcile. */
  get terminatedRunIds(): ReadonlySet<string> {
    return new Set(this.terminated.keys());
  }

  async terminateRun(number: string): Promise<void> {
    const run = this.client.workflow.getHandle(leaseId(number));
    const { runId, status } = await run.describe();
    if (status.name !== 'RUNNING') return;
    this.terminated.set(runId, number);
    await run.terminate('ended by hand in a simulation');
  }

  /** To any task of theirs, as a person may do who wants to mend a run. */
  async reset(number: string, reference: string, seed: number): Promise<void> {
    const ids = [leaseId(number), provisionId(reference)];
    await Promise.all(ids.map((id) => this.resetRun(id, draw(seed, 'reset', id))));
  }

  private async resetRun(workflowId: string, chance: number): Promise<void> {
    const run = this.client.workflow.getHandle(workflowId);
    const { runId } = await run.describe();
    const { events } = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: done }) => done);
    const task = tasks[Math.floor(chance * tasks.length)];
    if (!task) return;
    const reset = await this.client.workflowService.resetWorkflowExecution({
      namespace: this.client.options.namespace,
      workflowExecution: { workflowId, runId },
      reason: 'reset in a simulation',
      workflowTaskFinishEventId: task.eventId ?? null,
      requestId: randomUUID(),
    });
    this.successors.set(runId, reset.runId);
  }

  /** Undefined: there is nothing to put right. */
  async reconcile(): Promise<WorkflowHandle<() => Promise<ReconcileReport>> | undefined> {
    if (this.terminated.size === 0) return undefined;
    this.passes += 1;
    const only = [...new Set(this.terminated.values())];
    const request: ReconcileRequest = { policies: { orphan: 'adopt' }, only };
    const run = await this.client.workflow.start<(request: ReconcileRequest) => Promise<ReconcileReport>>(
      NAMES.reconcileLeases,
      {
        workflowId: reconcilePassId(`simulation-${only.join()}-${this.passes}`),
        taskQueue: this.taskQueue,
        args: [request],
      },
    );
    return this.client.workflow.getHandle<() => Promise<ReconcileReport>>(run.workflowId);
  }

  /** Signals that cannot be read, to a number's run and to its provision. */
  async sendJunk(number: string, reference: string, seed: number): Promise<void> {
    const payload = pick(JUNK, seed, 'junk', reference);
    const signalName = pick(SIGNALS, seed, 'junk signal', reference);
    const { namespace } = this.client.options;
    const signal = (workflowId: string) =>
      this.client.workflowService.signalWorkflowExecution({
        namespace,
        workflowExecution: { workflowId },
        signalName,
        input: { payloads: [payload] },
      });
    await Promise.allSettled([signal(leaseId(number)), signal(provisionId(reference))]);
  }

  /** Everything that a run can be told, all of it so soon that some of it comes in one workflow task. */
  async tellAllAtOnce(number: string): Promise<void> {
    const run = this.client.workflow.getHandle(leaseId(number));
    const ask = (name: string, argument: object) =>
      run.startUpdate<unknown, [object]>(name, { args: [argument], waitForStage: 'ACCEPTED' });
    await Promise.allSettled([
      run.signal<[object]>(NAMES.numberSubstituted, { usedNumber: number }),
      ask(NAMES.protect, { protected: false }),
      run.cancel(),
      run.signal<[object]>(NAMES.deliveryReported, { messageId: 'a text of nobody', delivered: true }),
      ask(NAMES.extend, { term: '1h' }),
      ask(NAMES.terminate, {}),
    ]);
  }
}
