import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  leaseQuery,
  sendSignal,
  terminateSignal,
  textbookId,
  textbookLease,
  type TextbookLease,
} from '../bench/textbook/index.js';
import type { Message, ProvisionRequest } from '../domain/contract.js';
import type { Ending, Lives, Verdict } from './lives.js';
import { lossesOf, type LifeEnd } from './losses.js';

interface Life {
  run: WorkflowHandle<typeof textbookLease>;
  request: ProvisionRequest;
  /** Somebody ended it before its time: then nobody is surprised at what it did not do. */
  cutShort: boolean;
}

/** The same lives as the textbook's workflows lead them. Nothing is promised, so it is losses that are counted. */
export class TextbookLives implements Lives {
  private readonly lives = new Map<string, Life>();

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  async start(request: ProvisionRequest): Promise<void> {
    const { reference } = request;
    if (this.lives.has(reference)) return; // the same reference means the same run
    const workflowId = textbookId(reference);
    const run = await this.client.workflow.start(textbookLease, {
      workflowId,
      taskQueue: this.taskQueue,
      args: [request],
    });
    this.lives.set(reference, { run, request, cutShort: false });
  }

  cancelProvision(reference: string): Promise<void> {
    return this.cutShort(reference, async ({ run }) => {
      await run.cancel();
    });
  }

  cancelLease(reference: string): Promise<void> {
    return this.cancelProvision(reference);
  }

  terminate(reference: string): Promise<void> {
    return this.cutShort(reference, ({ run }) => run.signal(terminateSignal));
  }

  async numberOf(reference: string): Promise<string | undefined> {
    const lease = await this.lives.get(reference)?.run.query(leaseQuery);
    return lease?.number;
  }

  async send(reference: string, message: Message): Promise<void> {
    await this.lives.get(reference)?.run.signal(sendSignal, message);
  }

  endings(): Ending[] {
    const runs = () => [...this.lives.values()].map(({ run }) => run);
    return [{ cancelFirst: true, runs }];
  }

  async verdict({ ledger }: Parameters<Lives['verdict']>[0]): Promise<Verdict> {
    const ends = await Promise.all([...this.lives.values()].map(endOf));
    return { violations: [], story: new Map(), losses: lossesOf(ledger, ends) };
  }

  private async cutShort(reference: string, act: (life: Life) => Promise<void>): Promise<void> {
    const life = this.lives.get(reference);
    if (!life) return;
    life.cutShort = true;
    await act(life);
  }
}

async function endOf({ run, request, cutShort }: Life): Promise<LifeEnd> {
  const state = (await run.describe()).status.name;
  const lease = await run.query(leaseQuery).catch((): TextbookLease | undefined => undefined);
  const isDone = state === 'COMPLETED' && !cutShort;
  return {
    leaseIds: lease ? [lease.leaseId] : [],
    believedSent: isDone ? (request.messages ?? []).map(({ message }) => message) : [],
    unserved: lease === undefined && !cutShort,
    stuck: state === 'RUNNING',
  };
}
