import { Client, type WorkflowClientInterceptor, type WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { describeRun } from '../../activities/read-runs.js';
import { leaseId } from '../../domain/ids.js';
import type { Ledger } from '../../simulator/index.js';
import { replaying } from './servers.js';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export interface Run {
  workflowId: string;
  runId: string;
}

/**
 * Every run that a test started, by itself or through the steps of another run. When the test ends, each of them is
 * replayed on the same code, and the promise of the product is checked against the ledger.
 */
export class Runs {
  private readonly seen = new Map<string, Run>();
  /** For the workers: runs that are started through it are noted. */
  readonly client: Client;

  constructor(
    private readonly plain: Client,
    interceptor: WorkflowClientInterceptor = {},
  ) {
    this.client = new Client({
      connection: plain.connection,
      namespace: plain.options.namespace,
      interceptors: {
        workflow: [
          interceptor,
          {
            startWithDetails: async (input, next) => {
              const output = await next(input);
              this.note(input.options.workflowId, output.runId);
              return output;
            },
            startUpdateWithStart: async (input, next) => {
              const output = await next(input);
              const { workflowId, runId } = output.workflowExecution;
              if (workflowId && runId) this.note(workflowId, runId);
              return output;
            },
          },
        ],
      },
    });
  }

  note(workflowId: string, runId: string): void {
    this.seen.set(runId, { workflowId, runId });
  }

  /** Numbers that a run of this test was ever started for. */
  get numbers(): string[] {
    const ids = [...this.seen.values()].map(({ workflowId }) => workflowId);
    return [
      ...new Set(ids.filter((id) => id.startsWith(leaseId(''))).map((id) => id.slice(leaseId('').length))),
    ];
  }

  /** Replays each run, and those that went on from it. Fails where there is none: then the test tested nothing. */
  async replayAll(): Promise<void> {
    if (this.seen.size === 0) throw new Error('this test left no run to replay: did it start any?');
    for await (const { workflowId, error } of Worker.runReplayHistories(replaying(), this.histories())) {
      if (error) throw new Error(`${workflowId} does not replay`, { cause: error });
    }
  }

  private async *histories() {
    for (const { workflowId, runId } of this.seen.values()) {
      for (let next: string | undefined = runId; next;) {
        const history: History = await this.plain.workflow.getHandle(workflowId, next).fetchHistory();
        yield { workflowId, history };
        next =
          history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ??
          undefined;
      }
    }
  }

  async endAll(): Promise<void> {
    const ends = [...this.seen.values()].map(({ workflowId }) =>
      this.plain.workflow.getHandle(workflowId).terminate('the test is over'),
    );
    await Promise.allSettled(ends);
  }

  /** Each number that the account leases through us has one open run, and no text went out twice. */
  async assertPromise(ledger: Ledger): Promise<void> {
    for (const { number, by } of ledger.open) {
      if (by !== 'us') continue;
      const status = await statusOf(this.plain, leaseId(number));
      if (status !== 'RUNNING') throw new Error(`${number} is leased and its run is ${status}`);
    }
    const texts = ledger.entries.flatMap((entry) =>
      entry.kind === 'text' ? [`${entry.leaseId} ${entry.to} ${entry.message}`] : [],
    );
    const twice = texts.find((text, index) => texts.indexOf(text) !== index);
    if (twice !== undefined) throw new Error(`a text went out twice: ${twice}`);
  }
}

async function statusOf(client: Client, workflowId: string): Promise<string> {
  return (await describeRun(client, workflowId))?.status.name ?? 'not there';
}
