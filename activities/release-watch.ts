import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Now } from './clock.js';
import type { LeasedSnapshots } from './leased-snapshot.js';

/** How often a worker looks at the list of leased numbers for all runs that wait for a release. */
export const WATCH_EVERY_MS = 20_000;
/** Who asks beyond this is not watched, and looks for himself. */
const WATCHED_AT_MOST = 20_000;
/** A run that has not looked for so long has another worker now, or has ended. */
const WATCHED_FOR_MS = 15 * 60_000;
const WAKES_AT_ONCE = 20;
/** A run whose own look is so near is not woken: a wake is an action more, and hardly sooner. */
const LOOKS_SOON_MS = 10_000;

/** A run that waits until its lease is off the list. */
export interface Awaited {
  workflowId: string;
  number: PhoneNumber;
  leaseId: string;
  /** How late the run may be told, milliseconds. */
  withinMs: number;
  /** When the run looks by itself, epoch milliseconds; undefined: in so long that it is to be woken at any time. */
  looksAt?: number;
}

/**
 * One pair of eyes for all runs of a worker that wait for a release: the list of leased numbers is read for all of them,
 * and a run is woken when its lease is gone from it. That is a hint, and the run then asks for the proof. A wake that is lost with its
 * worker costs time alone: each run has a timer of its own.
 */
export class ReleaseWatch {
  private readonly waiting = new Map<string, Awaited & { since: number }>();
  private next: NodeJS.Timeout | undefined;

  /** @param everyMs undefined: nothing is watched */
  constructor(
    private readonly snapshots: Pick<LeasedSnapshots, 'read'>,
    private readonly wake: (workflowId: string) => Promise<void>,
    private readonly everyMs: number | undefined,
    private readonly now: Now,
  ) {}

  /** False: the run is not watched, because it may not be told that late, or because there are too many. */
  add(awaited: Awaited): boolean {
    if (this.everyMs === undefined || awaited.withinMs < this.everyMs) return false;
    if (this.waiting.size >= WATCHED_AT_MOST && !this.waiting.has(awaited.leaseId)) return false;
    this.waiting.set(awaited.leaseId, { ...awaited, since: Date.now() });
    this.plan(this.everyMs);
    return true;
  }

  /** It has its proof. */
  forget(leaseId: string): void {
    this.waiting.delete(leaseId);
  }

  private plan(everyMs: number): void {
    this.next ??= setTimeout(() => {
      this.next = undefined;
      void this.look().finally(() => this.waiting.size > 0 && this.plan(everyMs));
    }, everyMs).unref();
  }

  private async look(): Promise<void> {
    const forgetBefore = Date.now() - WATCHED_FOR_MS;
    for (const [key, { since }] of this.waiting) if (since < forgetBefore) this.waiting.delete(key);
    const leased = await this.snapshots.read().catch(() => undefined); // looked at again next time
    if (!leased) return;
    const now = await this.now();
    const looksSoon = ({ looksAt }: Awaited) =>
      looksAt !== undefined && Math.abs(looksAt - now) < LOOKS_SOON_MS;
    const gone = [...this.waiting.values()].filter(({ number, leaseId }) => leased.get(number) !== leaseId);
    const queue = gone.filter((awaited) => !looksSoon(awaited)).values();
    const wakeNext = async (): Promise<void> => {
      for (const awaited of queue) await this.tell(awaited);
    };
    await Promise.all(Array.from({ length: WAKES_AT_ONCE }, wakeNext));
  }

  /** Once: a run that finds its lease held after all asks again. One that could not be told is told next time. */
  private async tell({ leaseId, workflowId }: Awaited): Promise<void> {
    try {
      await this.wake(workflowId);
      this.waiting.delete(leaseId);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) this.waiting.delete(leaseId); // it has ended
    }
  }
}

/** What an activity of a run asks for on its behalf; nothing where the run did not say how late it may be told. */
interface Asked extends Pick<Awaited, 'number' | 'leaseId'> {
  tellWithinMs?: number;
}

/** Has the run that asks woken when its lease is off the list, where it may be told that late. */
export function watched(
  releaseWatch: ReleaseWatch,
  { number, leaseId, tellWithinMs: withinMs }: Asked,
  looksAt?: number,
): { watched?: true } {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution || withinMs === undefined) return {};
  const { workflowId } = workflowExecution;
  const awaited = { workflowId, number, leaseId, withinMs, ...(looksAt !== undefined && { looksAt }) };
  return releaseWatch.add(awaited) ? { watched: true } : {};
}
