/** A worker as an operator runs it: a process of its own, which a test may kill. */
import type { Child } from '../../embedded/child.js';
import { onLine, startCommand } from './command-process.js';

/** What a worker logs when it polls its queue. */
const READY = '"msg":"worker ready"';
const KEPT_LINES = 20;

export interface WorkerProcess extends Child {
  /** `kill -9`. */
  kill(): void;
  /** What it said last; so many lines as were asked for. */
  lines: string[];
}

/** Resolves when the worker polls its queue; rejects, with what it said, where it ends before. */
export async function startWorkerProcess(
  env: Record<string, string>,
  keptLines = KEPT_LINES,
): Promise<WorkerProcess> {
  const child = await startCommand(['worker'], env);
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    onLine(child, (line) => {
      lines.push(line);
      lines.splice(0, lines.length - keptLines);
      if (line.includes(READY)) resolve();
    });
  });
  const ended = child.exited.then(({ code }) => {
    throw new Error(`the worker ended (exit code ${code ?? 'none'}): ${lines.join('\n')}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined); // from now on its end is the test's business
  return { ...child, lines, kill: () => child.process.kill('SIGKILL') };
}

/** At most so many at once: each worker process is a Node with a Temporal worker in it. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  constructor(private free: number) {}

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
