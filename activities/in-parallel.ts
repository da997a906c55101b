import { Context } from '@temporalio/activity';

/** Does the same with each item, so many at a time, with a heartbeat after each; stops where the activity is cancelled. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const context = Context.current();
  const results = new Array<R>(items.length);
  const queue = items.entries();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      context.cancellationSignal.throwIfAborted();
      results[index] = await work(item);
      done += 1;
      context.heartbeat(done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
