import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { CancellationScope, setHandler } from '@temporalio/workflow';

/**
 * The only code that sets handlers. They run in a scope that a cancel of the run does not reach: there a child workflow
 * or an activity that a handler starts would be cancelled at once, and its failure would fail every workflow task.
 */
export function handleUpdate<Result, Args extends unknown[]>(
  update: UpdateDefinition<Result, Args>,
  handler: (...args: NoInfer<Args>) => Result | Promise<Result>,
  validator?: (...args: NoInfer<Args>) => void,
): void {
  setHandler(update, (...args: Args) => uncancelled(() => handler(...args)), validator && { validator });
}

export function handleSignal<Args extends unknown[]>(
  signal: SignalDefinition<Args>,
  handler: (...args: NoInfer<Args>) => void,
): void {
  setHandler(signal, (...args: Args) => uncancelled(() => handler(...args)));
}

/** A query changes nothing and starts nothing. */
export function handleQuery<Result, Args extends unknown[]>(
  query: QueryDefinition<Result, Args>,
  handler: (...args: NoInfer<Args>) => Result,
): void {
  setHandler(query, handler);
}

function uncancelled<T>(work: () => T | Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(async () => work());
}
