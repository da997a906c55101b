import { log } from '@temporalio/activity';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { failure } from '../domain/failures.js';
import { WAKES_AFTER_MS } from '../domain/lease-input.js';
import type { AcquireAnswer } from './acquire-number.js';

/** Beyond this many open asks, none is begun. */
const OPEN_AT_MOST = 1_000;
/** Waiting tries hold a slot that the lease runs they wait for need too: beyond this many, ask again later instead. */
const WAITING_AT_MOST = 200;

/** One request to a number's run. */
export interface Ask {
  answer: Promise<AcquireAnswer>;
  /** Where it may start that run: settles as soon as the server has answered the start. */
  start?: Promise<unknown>;
}

/**
 * What this worker asks of numbers' runs. Each try waits a bounded time, but an ask that it leaves behind goes on at
 * Temporal, as nothing can call it back: the next try joins it, so there is one for each provision that waits.
 */
export class OpenAsks {
  private readonly open = new Map<string, Ask>();
  private waiting = 0;

  constructor(private readonly waitMs: number) {}

  has(id: string): boolean {
    return this.open.has(id);
  }

  /** The ask is of no use any more: it was answered in another way, or its answer is lost. */
  forget(id: string): void {
    this.open.delete(id);
  }

  /** Joins the ask that is open, or begins one; an update that is refused or whose run ended is an answer too. */
  async answer(id: string, begin: () => Ask): Promise<AcquireAnswer> {
    if (!this.open.has(id) && this.open.size >= OPEN_AT_MOST) return { outcome: 'pending' };
    const ask = this.open.get(id) ?? this.keep(id, begin());
    if (this.waiting >= WAITING_AT_MOST)
      return Promise.race([pendingOnceStarted(ask), pendingAfter(this.waitMs)]);
    this.waiting += 1;
    try {
      return await Promise.race([ask.answer, pendingAfter(this.waitMs)]);
    } catch (error) {
      return refusedOrPending(error);
    } finally {
      this.waiting -= 1;
    }
  }

  private keep(id: string, ask: Ask): Ask {
    this.open.set(id, ask);
    const forget = () => {
      if (this.open.get(id) === ask) this.open.delete(id);
    };
    ask.answer.then(forget, forget); // a failure that nobody waits for any more is no news
    return ask;
  }
}

/** A provision that does not know whether its start was answered waits a minute before it tries another number. */
async function pendingOnceStarted({ start }: Ask): Promise<AcquireAnswer> {
  await start?.catch(() => undefined);
  return { outcome: 'pending' };
}

/** Whoever has waited for so long is woken by the number's run. */
function pendingAfter(milliseconds: number): Promise<AcquireAnswer> {
  const wakes = milliseconds >= WAKES_AFTER_MS && { wakes: true as const };
  return new Promise((resolve) => {
    setTimeout(() => resolve({ outcome: 'pending', ...wakes }), milliseconds).unref();
  });
}

/** The run of another reference refuses by its validator; any other trouble is asked about again. */
function refusedOrPending(error: unknown): AcquireAnswer {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    if (error.cause.type === 'NumberUnavailable') {
      return { outcome: 'refused', failure: failure('NumberUnavailable', error.cause.message) };
    }
  }
  log.warn('asking for the number had no answer, asking again', { error: String(error) });
  return { outcome: 'pending' };
}
