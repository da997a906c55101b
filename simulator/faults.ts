/** One call as a fault plan sees it. `nth` counts the calls of this route and number from 1. */
export interface FaultedCall {
  /** Such as `POST /numbers/lease/{number}`. */
  route: string;
  number?: string;
  nth: number;
}

/**
 * What goes wrong with a call. `before`: the vendor does not act. `after`: it acts, and the answer is replaced.
 * `answering`: it acts, and the answer breaks on its way.
 */
export interface Fault {
  phase: 'before' | 'after' | 'answering';
  /** Wait before the phase's effect (before: before the vendor acts), in real milliseconds. */
  delayMs?: number;
  /** The connection is torn down instead of an answer (in `answering`: after half of the body). */
  reset?: boolean;
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
