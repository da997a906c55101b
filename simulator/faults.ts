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
 * What goes wrong with a call. `before`: the vendor does not act, unless the call is only slow. `after`: it acts, and
 * the answer is replaced or held up. `answering`: it acts, and the answer breaks, is late or says something else on
 * its way.
 */
export interface Fault {
  phase: 'before' | 'after' | 'answering';
  /** Names the fault in counts and tables. */
  kind?: string;
  /** Wait in this phase, in real milliseconds; in `answering`, when a part of the body has come. */
  delayMs?: number;
  /** The connection is torn down instead of an answer; in `answering`, when a part of the body has come. */
  reset?: boolean;
  /** Nothing more comes: the connection stays open until the caller gives up. */
  hang?: boolean;
  /** The part of the body that comes in `answering` before it waits, hangs or breaks: 0 to 1, default a half. */
  cut?: number;
  /** The request (with `before`), or a second copy of it, acts so much later on the simulator's clock. */
  lateMs?: number;
  /** The request reaches the vendor twice; the answer is the second one. */
  twice?: boolean;
  /** A read is answered as it was so many milliseconds of the simulator's clock ago. */
  staleMs?: number;
  /** Of a list that is answered: all rows twice, or one row that cannot be read. */
  rows?: 'doubled' | 'unreadable';
  /** The answer carries fields that nobody knows, lacks some that are optional, and writes times another way. */
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

/** The name of a fault in counts and tables: `route | phase | kind`. */
export function faultName(route: string, { phase, kind = 'fault' }: Pick<Fault, 'phase' | 'kind'>): string {
  return `${route} | ${phase} | ${kind}`;
}
