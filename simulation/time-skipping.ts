import { setTimeout as delay } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const STARTS_AT_MOST = 20;
const WAIT_AT_MOST_MS = 3_000;

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
