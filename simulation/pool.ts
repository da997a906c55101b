import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { UNWATCHED } from '../bench/unwatched.js';
import { brokenDown, stuck, type SeedReport } from './fleet.js';
import type { FailingTask, Order, Told } from './performer.js';

const PERFORMER = fileURLToPath(new URL('performer.js', import.meta.url));
/** A seed takes a second or two, some minutes where answers are slow, which pass in real time; what takes so long hangs. */
const SEED_LIMIT_MS = 15 * 60_000;
const REAL_LIMIT_MS = 20 * 60_000;
const REPORT_WITHIN_MS = 1_000;

/** On a busy machine the server spoils one seed in twenty. */
const PLAYS_AT_MOST = 8;

/** A seed's report, or why there is none and the performer can be used no more. */
type Outcome = { report: SeedReport } | { gone: string } | FailingTask | 'spoilt';

/** Plays the orders in processes side by side, each with a server of its own, and tells each report as it comes, with its order. */
export async function playAll(
  orders: Iterable<Order>,
  processes: number,
  tell: (report: SeedReport, order: Order) => void,
): Promise<void> {
  const left = orders[Symbol.iterator]();
  const one = async () => {
    const performer = new Performer();
    for (let next = left.next(); next.done !== true; next = left.next())
      tell(await performer.play(next.value), next.value);
    performer.end();
  };
  await Promise.all(Array.from({ length: processes }, one));
}

/** A process that plays seeds, and a new one where it is gone or its server is spoilt. */
class Performer {
  private process: ChildProcess | undefined;

  /** A seed that its server spoilt is played again, and counts as it comes out then. */
  async play(order: Order): Promise<SeedReport> {
    for (let spoilt = 0; spoilt < PLAYS_AT_MOST; spoilt += 1) {
      this.process ??= fork(PERFORMER, {
        serialization: 'advanced',
        detached: true,
        execArgv: [...process.execArgv, ...UNWATCHED], // a seed has a limit of its own
      });
      const outcome = await played(this.process, order);
      if (outcome !== 'spoilt' && 'report' in outcome)
        return spoilt > 0 ? { ...outcome.report, spoilt } : outcome.report;
      this.end();
      if (outcome === 'spoilt') continue;
      return 'failing' in outcome ? stuck(order.seed, outcome.failing) : brokenDown(order.seed, outcome.gone);
    }
    return brokenDown(
      order.seed,
      `the time-skipping server lost a workflow task in each of ${PLAYS_AT_MOST} plays`,
    );
  }

  end(): void {
    if (this.process) end(this.process);
    this.process = undefined;
  }
}

async function played(performer: ChildProcess, order: Order): Promise<Outcome> {
  const over = new AbortController();
  const limitMs = order.address === undefined ? SEED_LIMIT_MS : REAL_LIMIT_MS;
  const options = { signal: over.signal };
  // A timer, as Node 20 may collect a signal of `AbortSignal.any` before its time is over.
  const limit = setTimeout(() => over.abort(), limitMs);
  const told = once(performer, 'message', options).then(([message]) => {
    const is = message as Told;
    return is === 'spoilt' || 'failing' in is ? is : { report: is };
  });
  const exit = once(performer, 'exit', options).then(([code, signal]) => ({
    gone: `its process ended (${String(signal ?? code)})`,
  }));
  performer.send(order);
  try {
    return await Promise.race([told, exit]);
  } catch {
    performer.send('report');
    await delay(REPORT_WITHIN_MS);
    return { gone: `it took longer than ${limitMs / 60_000} minutes` };
  } finally {
    clearTimeout(limit);
    over.abort();
    await Promise.allSettled([told, exit]);
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
