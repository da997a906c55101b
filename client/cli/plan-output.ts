import type { Failure } from '../../domain/failures.js';
import { fromFailure } from '../errors.js';
import type { Terminal } from './terminal.js';

export const DRY_RUN = 'say what it would do and cost, and do nothing';

/** The plan as the answer; then what the act would fail with, so that both have the same exit code. */
export function showPlan(terminal: Terminal, plan: { failure?: Failure }, words: () => string): void {
  terminal.answer(plan, words);
  if (plan.failure) throw fromFailure(plan.failure);
}
