import type { CallFacts } from '../domain/outcome.js';

/** The one error of the client: always says which call, what came back and whether it may have acted. */
export class ContiguityError extends Error {
  override readonly name = 'ContiguityError';

  constructor(
    readonly method: string,
    /** Path of the call; recipients in it are masked. */
    readonly url: string,
    /** `refused`: the call surely did not act. `ambiguous`: it may have. */
    readonly outcome: 'refused' | 'ambiguous',
    readonly facts: Omit<CallFacts, 'call'>,
    options?: ErrorOptions,
  ) {
    super(`${method} ${url}: ${facts.message}`, options);
  }

  get status(): number | undefined {
    return this.facts.status;
  }

  toFacts(): CallFacts {
    return { call: `${this.method} ${this.url}`, ...this.facts };
  }
}
