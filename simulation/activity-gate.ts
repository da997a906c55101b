import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit, WorkerTuner } from '@temporalio/worker';

const MAX_WORKFLOW_TASKS = 100;

/**
 * Decides whether workers poll for activities. While it is closed, tasks wait in their queue; a poll that is under way
 * may still bring one. Stopping the workers instead would leave the time-skipping server with tasks that it gave to nobody.
 */
export class ActivityGate implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  private opened: Promise<void> = Promise.resolve();
  private open: (() => void) | undefined;

  /** For one worker or more. */
  get tuner(): WorkerTuner {
    const slots = { type: 'fixed-size', numSlots: MAX_WORKFLOW_TASKS } as const;
    return {
      workflowTaskSlotSupplier: slots,
      activityTaskSlotSupplier: this,
      localActivityTaskSlotSupplier: slots,
      nexusTaskSlotSupplier: slots,
    };
  }

  suspend(): void {
    if (this.open) return;
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  resume(): void {
    this.open?.();
    this.open = undefined;
  }

  async reserveSlot(_context: unknown, signal: AbortSignal): Promise<SlotPermit> {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('the worker does not poll any more')), {
        once: true,
      });
    });
    await Promise.race([this.opened, aborted]);
    return {};
  }

  tryReserveSlot(): SlotPermit | null {
    return this.open ? null : {};
  }

  markSlotUsed(): void {
    // slots are not counted
  }

  releaseSlot(): void {
    // slots are not counted
  }
}
