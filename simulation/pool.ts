import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { brokenDown, type SeedReport } from './fleet.js';
import type { Order } from './performer.js';

const PERFORMER = fileURLToPath(new URL('performer.js', import.meta.url));
/** A seed takes a second or two, in real time some minutes; what takes so long hangs. */
const SEED_LIMIT_MS = 5 * 60_000;
const REAL_LIMIT_MS = 20 * 60_000;
const REPORT_WITHIN_MS = 1_000;

/** Plays the orders in processes side by side, each with a server of its own, and tells each report as it comes. */
export async function playAll(
  orders: Iterable<Order>,
  processes: number,
  tell: (order: Order, report: SeedReport) => void,
): Promise<void> {
  const left = orders[Symbol.iterator]();
  const one = async () => {
    let performer: ChildProcess | undefined;
    for (let next = left.next(); next.done !== true; next = left.next()) {
      performer ??= fork(PERFORMER, { serialization: 'advanced', detached: true });
      const report = await played(performer, next.value);
      if ('gone' in report) {
        end(performer);
        performer = undefined;
        tell(next.value, brokenDown(next.value.seed, report.gone));
      } else {
        tell(next.value, report);
      }
    }
    if (performer) end(performer);
  };
  await Promise.all(Array.from({ length: processes }, one));
}

/** The report, or why none will come. */
async function played(performer: ChildProcess, order: Order): Promise<SeedReport | { gone: string }> {
  const over = new AbortController();
  const limitMs = order.address === undefined ? SEED_LIMIT_MS : REAL_LIMIT_MS;
  const options = { signal: over.signal };
  // A timer, as Node 20 may collect a signal of `AbortSignal.any` before its time is over.
  const limit = setTimeout(() => over.abort(), limitMs);
  const report = once(performer, 'message', options).then(([message]) => message as SeedReport);
  const exit = once(performer, 'exit', options).then(([code, signal]) => ({
    gone: `its process ended (${String(signal ?? code)})`,
  }));
  performer.send(order);
  try {
    return await Promise.race([report, exit]);
  } catch {
    performer.send('report');
    await delay(REPORT_WITHIN_MS);
    return { gone: `it took longer than ${limitMs / 60_000} minutes` };
  } finally {
    clearTimeout(limit);
    over.abort();
    await Promise.allSettled([report, exit]);
  }
}

/** With the server that it started: they are one group. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
