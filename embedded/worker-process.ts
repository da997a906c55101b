import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child, type ChildExit } from './child.js';
import { SetupError } from './errors.js';

/** What a worker logs when it polls its queue. */
const READY = '"msg":"worker ready"';
/** Longer than a worker takes to finish the calls that it has under way. */
const DRAIN_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 60_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived this long was well: the next restart is quick again. */
const WELL_AFTER_MS = 30_000;

export interface WorkerEvents {
  onReady: (pid: number) => void;
  onExit: (exit: ChildExit, restartInMs: number) => void;
  onLine: (line: string) => void;
}

export interface WorkerOptions extends WorkerEvents {
  /** Node program and arguments: `dist/client/cli/main.js worker`. */
  args: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
}

export interface KeptWorker {
  pid(): number;
  /** Lets it finish what it has under way, then ends it for good. */
  stop(): Promise<void>;
}

/** Starts a worker and starts it again whenever it dies. Rejects where the first one never becomes ready. */
export async function keepWorker(options: WorkerOptions): Promise<KeptWorker> {
  const ending = new AbortController();
  const isEnding = (): boolean => ending.signal.aborted;
  let child = await startReady(options);
  const kept = keep();
  return {
    pid: () => child.pid,
    stop: async () => {
      ending.abort();
      await child.stop(DRAIN_LIMIT_MS);
      await kept;
    },
  };

  async function keep(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const started = Date.now();
      const exit = await child.exited;
      if (isEnding()) return;
      if (Date.now() - started > WELL_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      options.onExit(exit, pauseMs);
      const rested = await sleep(pauseMs, true, { signal: ending.signal }).catch(() => false);
      if (!rested) return;
      child = (await startOne(options)).child;
      // Told to end while it started: stop() has only seen the one before.
      if (isEnding()) await child.stop(DRAIN_LIMIT_MS);
    }
  }
}

async function startReady(options: WorkerOptions): Promise<Child> {
  const { child, ready, lastLines } = await startOne(options);
  const late = sleep(READY_LIMIT_MS, 'late' as const, { ref: false });
  const first = await Promise.race([ready, child.exited, late]);
  if (first === 'ready') return child;
  await child.stop();
  const said = lastLines().join('\n') || 'it said nothing';
  throw new SetupError(
    `The worker ${first === 'late' ? 'did not become ready' : 'ended before it was ready'}: ${said}`,
  );
}

interface Started {
  child: Child;
  ready: Promise<'ready'>;
  lastLines: () => string[];
}

async function startOne(options: WorkerOptions): Promise<Started> {
  const log = await openLog(options.logFile);
  const child = await startChild(process.execPath, options.args, {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = new PassThrough();
  child.process.stdout?.pipe(output, { end: false });
  child.process.stderr?.pipe(output, { end: false });
  void child.exited.then(() => output.end());
  output.pipe(log);
  log.once('error', () => output.unpipe(log)); // a full disk ends the log, not the worker
  const last: string[] = [];
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: output }).on('line', (line) => {
      last.splice(0, last.length - 4);
      last.push(line);
      options.onLine(line);
      if (line.includes(READY)) {
        options.onReady(child.pid);
        resolve('ready');
      }
    });
  });
  return { child, ready, lastLines: () => last };
}

async function openLog(file: string): Promise<Writable> {
  await mkdir(dirname(file), { recursive: true });
  return (await open(file, 'a')).createWriteStream();
}
