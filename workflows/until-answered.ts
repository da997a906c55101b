import type { Answered, CallFacts, Read } from '../domain/outcome.js';
import { factsOfLoss } from './steps.js';

/** What a wait for an answer needs of the run that waits. */
export interface Waiter {
  wait(milliseconds: number, why: string, until?: () => boolean): Promise<void>;
  attention(trouble: 'api', why: string): void;
  calm(trouble: 'api'): void;
  /** Goes on in a new run when this one's history is long: an outage may last longer than a history may grow. */
  continueAsNewIfNeeded(): Promise<void>;
}

/** So many failures in a row are no blip any more: somebody should know. */
const ATTENTION_AFTER = 5;
const FIRST_WAIT_MS = 1_000;
/** Before chance spreads it: half as long again at most, and half as long at least. */
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Repeats a read until the API answers. It never gives up by itself, because a number that costs money hangs on it:
 * waits grow to some 5 minutes and are timers with a reason. `giveUp` lets it stop where the answer is no longer wanted.
 */
export async function untilAnswered<T>(
  waiter: Waiter,
  what: string,
  read: () => Promise<Read<T>>,
  giveUp: () => boolean = () => false,
): Promise<Answered<T> | undefined> {
  const tries = new Tries();
  while (!giveUp()) {
    const seen = await attempt(what, read);
    if (seen.answered) {
      waiter.calm('api');
      return seen;
    }
    tries.count(seen.call);
    const why = `${what}: ${inWords(seen.call)}`;
    if (seen.otherAccount === true || needsPeople(seen.call) || tries.areTrouble(seen.call))
      waiter.attention('api', why);
    await waiter.wait(tries.waitMs(seen.call), `trying again, ${why}`, giveUp);
    await waiter.continueAsNewIfNeeded();
  }
  return undefined;
}

async function attempt<T>(what: string, read: () => Promise<Read<T>>): Promise<Read<T>> {
  try {
    return await read();
  } catch (error) {
    return { answered: false, call: factsOfLoss(error, what) };
  }
}

/** Tries in a row that came to nothing. One that waits its turn asked nothing: it is no trouble, and makes no later wait longer. */
export class Tries {
  private failed = 0;

  count(call: CallFacts): void {
    if (call.heldBack !== true) this.failed += 1;
  }

  /** Whether somebody should know by now. */
  areTrouble(call: CallFacts, from = ATTENTION_AFTER): boolean {
    return call.heldBack !== true && this.failed >= from;
  }

  /** How long to wait for the next one, in milliseconds. */
  waitMs(call: CallFacts): number {
    return waitAfter(this.failed, call);
  }
}

/**
 * How long to wait after so many failures in a row, in milliseconds: doubling, and not before the vendor asks. Chance
 * spreads each wait by half of it either way, so that leases which began to fail together don't come back together.
 */
export function waitAfter(failures: number, call?: CallFacts): number {
  const chance = Math.random();
  const doublings = call?.heldBack === true ? 0 : Math.min(failures - 1, 20);
  const grown = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** doublings);
  const asked = call?.retryAfterMs ?? 0;
  return Math.round(
    Math.max(grown * (0.5 + chance), asked * (1 + chance / (call?.heldBack === true ? 10 : 2))),
  );
}

/** A revoked key or a missing permission does not pass by itself. */
export function needsPeople(call: CallFacts): boolean {
  return call.status === 401 || call.status === 403;
}

export function inWords(call: CallFacts): string {
  return call.status === undefined
    ? `${call.call}: ${call.message}`
    : `${call.call} answered ${call.status}: ${call.message}`;
}
