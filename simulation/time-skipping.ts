import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLike } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const STARTS_AT_MOST = 20;
const WAIT_AT_MOST_MS = 3_000;
const LOOK_EVERY_MS = 500;
/** In real time. A workflow task takes milliseconds, and one that is lost is noticed by then. */
const HELD_AFTER_MS = 12_000;

/** A time-skipping server. The SDK gives it five seconds to start, which a busy machine may not have. */
export async function launchTimeSkippingServer(path: string): Promise<TestWorkflowEnvironment> {
  for (let tries = 1; ; tries += 1) {
    try {
      const server = { executable: { type: 'existing-path', path } } as const;
      return await TestWorkflowEnvironment.createTimeSkipping({ server });
    } catch (error) {
      if (tries === STARTS_AT_MOST) throw error;
      await delay(Math.random() * WAIT_AT_MOST_MS); // so that those who failed together do not meet again
    }
  }
}

export interface UnheldOptions {
  /** Default: nothing is said. */
  report?: (line: string) => void;
  heldAfterMs?: number;
}

const CHILD_LIMIT_MS = 5_000;

/**
 * The time of a server that skips it while nobody holds its clock. Now and then the server counts a holder that is gone
 * (seen with 1.38.0: no run has a task or an activity, and its time goes no faster than ours). Such a holder is let go, or a
 * wait of days would take days.
 */
export class UnheldTime {
  /** Real milliseconds without anything under way in which time was not skipped, over as many sleeps as it takes. */
  private idleMs = 0;
  /** Runs of children that have ended, or are about to. */
  private readonly children = new Set<string>();

  constructor(
    private readonly clock: Pick<TestWorkflowEnvironment['connection'], 'testService'>,
    /** To look at runs, also while it closes: a retry of the environment's own connection ends the process then. */
    private readonly connection: ConnectionLike,
    private readonly options: UnheldOptions = {},
  ) {}

  /**
   * @param isIdle whether nothing is under way that the server may rightly wait for
   * @param sleep lets the server's time go on by so many milliseconds
   */
  async sleep(
    milliseconds: number,
    isIdle: () => boolean,
    sleep: TestWorkflowEnvironment['sleep'],
  ): Promise<void> {
    const began = performance.now();
    const looking = setInterval(() => void this.letGo(isIdle()), LOOK_EVERY_MS);
    try {
      await sleep(milliseconds);
    } finally {
      clearInterval(looking);
    }
    if (performance.now() - began < milliseconds / 2) this.idleMs = 0;
  }

  /**
   * The server (1.38.0) locks its clock when a child ends, and its parent unlocks it. Where the parent has ended before,
   * nothing does: here that lock is undone once the child has ended.
   */
  async unlockAfter(child: { workflowId: string; runId: string }): Promise<void> {
    const runId = child.runId;
    if (this.children.has(runId)) return;
    this.children.add(runId);
    const deadline = Date.now() + CHILD_LIMIT_MS;
    while (Date.now() < deadline) {
      const { closeTime, parentExecution } = await this.describe(child);
      if (closeTime && parentExecution) {
        const parent = await this.describe(parentExecution);
        if (parent.closeTime && tsToMs(parent.closeTime) < tsToMs(closeTime)) await this.unlock();
        return;
      }
      await delay(20);
    }
    this.children.delete(runId); // a later attempt of its activity ends it
  }

  private async letGo(isIdle: boolean): Promise<void> {
    const { report, heldAfterMs = HELD_AFTER_MS } = this.options;
    this.idleMs = isIdle ? this.idleMs + LOOK_EVERY_MS : 0;
    if (this.idleMs < heldAfterMs) return;
    this.idleMs = 0;
    report?.('the time-skipping server held its clock for nobody, and was told to let it go');
    await this.unlock();
  }

  private async unlock(): Promise<void> {
    await this.clock.testService?.unlockTimeSkipping({});
  }

  private async describe(execution: { workflowId?: string | null; runId?: string | null }) {
    const { workflowService } = this.connection;
    const { workflowExecutionInfo } = await workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution,
    });
    return workflowExecutionInfo ?? {};
  }
}
