/** Waits that end: what is not there in time is an error that says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took longer than ${limitMs / 1_000} s`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/** Looks every so often until it is so; false: it is not by the end of the time. */
export async function isSoWithin(
  limitMs: number,
  everyMs: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > until) return false;
    await sleep(everyMs);
  }
  return true;
}

/** Does the same with each item, so many at a time; the results in the order of the items. */
export async function forEach<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const some = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, some));
  return results;
}
