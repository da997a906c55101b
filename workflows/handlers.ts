import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { CancellationScope, setHandler } from '@temporalio/workflow';
import { failure } from '../domain/failures.js';
import { asError } from './checks.js';
import { Undecodable } from './undecodable.js';

/**
 * The only code that sets handlers. They run in a scope that a cancel of the run does not reach: there a child workflow
 * or an activity that a handler starts would be cancelled at once, and its failure would fail every workflow task.
 * Handlers are never given an argument that could not be decoded.
 */
export function handleUpdate<Result, Args extends unknown[]>(
  update: UpdateDefinition<Result, Args>,
  handler: (...args: NoInfer<Args>) => Result | Promise<Result>,
  validate?: (...args: NoInfer<Args>) => void,
): void {
  const validator = (...args: Args): void => {
    checkDecoded(update.name, args);
    validate?.(...args);
  };
  setHandler(update, (...args: Args) => uncancelled(() => handler(...args)), { validator });
}

/** @param onDropped is told why a signal is left out */
export function handleSignal<Args extends unknown[]>(
  signal: SignalDefinition<Args>,
  handler: (...args: NoInfer<Args>) => void,
  onDropped: (why: string) => void = () => undefined,
): void {
  setHandler(signal, (...args: Args) =>
    uncancelled(() => {
      const why = undecodable(args);
      if (why === undefined) handler(...args);
      else onDropped(`the signal ${signal.name} is left out, it cannot be decoded: ${why}`);
    }),
  );
}

/** A query changes nothing and starts nothing. */
export function handleQuery<Result, Args extends unknown[]>(
  query: QueryDefinition<Result, Args>,
  handler: (...args: NoInfer<Args>) => Result,
): void {
  setHandler(query, (...args: Args) => {
    checkDecoded(query.name, args);
    return handler(...args);
  });
}

function checkDecoded(name: string, args: unknown[]): void {
  const why = undecodable(args);
  if (why !== undefined)
    throw asError(failure('InvalidRequest', `the arguments of ${name} cannot be decoded: ${why}`));
}

function undecodable(args: unknown[]): string | undefined {
  return args.find((arg) => arg instanceof Undecodable)?.undecodable;
}

function uncancelled<T>(work: () => T | Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(async () => work());
}
