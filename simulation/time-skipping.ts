import { setTimeout as delay } from 'node:timers/promises';
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

export interface Unheld {
  /** Whether nothing is under way that the server may rightly wait for. */
  isIdle: () => boolean;
  report: (line: string) => void;
  heldAfterMs?: number;
}

/**
 * Lets the server's time go on. The server skips time while nobody holds its clock, and now and then it counts a holder
 * that is gone (seen with 1.38.0: no run has a task or an activity, and its time goes no faster than ours). Such a holder
 * is let go, or a wait of days would take days.
 */
export async function sleepUnheld(
  { connection, sleep }: Pick<TestWorkflowEnvironment, 'connection' | 'sleep'>,
  milliseconds: number,
  { isIdle, report, heldAfterMs = HELD_AFTER_MS }: Unheld,
): Promise<void> {
  let idleMs = 0;
  const letGo = async () => {
    idleMs = isIdle() ? idleMs + LOOK_EVERY_MS : 0;
    if (idleMs < heldAfterMs) return;
    idleMs = 0;
    report('the time-skipping server held its clock for nobody, and was told to let it go');
    await connection.testService?.unlockTimeSkipping({});
  };
  const looking = setInterval(() => void letGo(), LOOK_EVERY_MS);
  try {
    await sleep(milliseconds);
  } finally {
    clearInterval(looking);
  }
}
