/** One call as a fault plan sees it. `nth` counts the calls of this route and number from 1. */
export interface FaultedCall {
  /** Such as `POST /numbers/lease/{number}`. */
  route: string;
  number?: string;
  nth: number;
  /** The simulator's clock, epoch milliseconds. */
  at: number;
}

/**
 * What goes wrong with a call. `before`: the vendor does not act. `after`: it acts, and the answer is replaced.
 * `answering`: it acts, and the answer breaks, is late or says something else on its way.
 */
export interface Fault {
  phase: 'before' | 'after' | 'answering';
  /** Names the fault in counts and tables. */
  kind?: string;
  /** Wait before the phase's effect (before: before the vendor acts), in real milliseconds. */
  delayMs?: number;
  /** The connection is torn down instead of an answer (in `answering`: after half of the body). */
  reset?: boolean;
  /** No answer at all: the connection stays open until the caller gives up. */
  hang?: boolean;
  /** With `before`: the vendor acts all the same, so much later on the simulator's clock. */
  lateMs?: number;
  /** The request reaches the vendor twice. */
  twice?: boolean;
  /** A read is answered as it was a moment ago. */
  stale?: boolean;
  /** The answer carries fields that nobody knows and lacks some that are optional. */
  drift?: boolean;
  /** Answer with this instead. */
  status?: number;
  /** Raw body of that answer; default: the vendor's error envelope. */
  body?: string;
  headers?: Record<string, string>;
}

/** Decides which calls go wrong. The same plan must decide the same for the same call. */
export interface FaultPlan {
  decide(call: FaultedCall): Fault | undefined;
}
