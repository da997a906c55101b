import { log } from '@temporalio/activity';
import { ContiguityError, type Answer } from '../contiguity/index.js';
import type { CallFacts, Outcome, Read } from '../domain/outcome.js';

/**
 * Of an activity with two requests: with its own limit of 10 seconds and its wait of 2 for a permit, a second one that is
 * sent later may outlive the activity.
 */
export const MAX_FIRST_REQUEST_MS = 3_000;

/** The outcome of a mutating call: what the vendor confirmed, or whether the call surely did not act. */
export async function outcomeOf<T, U>(call: Promise<Answer<T>>, value: (data: T) => U): Promise<Outcome<U>> {
  try {
    const answer = await call;
    return { outcome: 'confirmed', value: value(answer.data), ...vendorTime(answer) };
  } catch (error) {
    const { outcome, facts } = understand(error);
    return { outcome, call: facts };
  }
}

/** The answer of a read, or the facts of why there is none. */
export async function readOf<T, U>(call: Promise<Answer<T>>, value: (data: T) => U): Promise<Read<U>> {
  try {
    const answer = await call;
    return { answered: true, value: value(answer.data), ...vendorTime(answer) };
  } catch (error) {
    return { answered: false, call: understand(error).facts };
  }
}

function vendorTime(answer: Answer<unknown>): { vendorTime?: number } {
  return answer.vendorTime === undefined ? {} : { vendorTime: answer.vendorTime };
}

function understand(error: unknown): { outcome: 'refused' | 'ambiguous'; facts: CallFacts } {
  if (!(error instanceof ContiguityError)) throw error; // a mistake of ours: Temporal shows it and tries again
  const facts = error.toFacts();
  log.warn('call failed', { ...facts, outcome: error.outcome });
  return { outcome: error.outcome, facts };
}
