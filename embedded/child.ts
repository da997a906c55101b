import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { Socket } from 'node:net';
import type { Account } from './programs.js';
import { built } from './project.js';

const STOP_LIMIT_MS = 15_000;

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that lives no longer than this one. */
export interface Child {
  pid: number;
  process: ChildProcess;
  exited: Promise<ChildExit>;
  isRunning(): boolean;
  /** SIGTERM, then SIGKILL where that does not end it in time. */
  stop(limitMs?: number): Promise<ChildExit>;
}

/**
 * Starts a program that ends when this process does, also when this one is killed. It is in a process group of its own:
 * Ctrl-C in a terminal reaches us alone, and we end our children in order.
 */
export async function startChild(
  program: string,
  args: string[],
  { account, ...options }: { env: NodeJS.ProcessEnv; stdio: StdioOptions; cwd?: string; account?: Account },
): Promise<Child> {
  const child = spawn(program, args, {
    ...options,
    ...account,
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  tellWatchdog(`watch ${pid}`);
  void exited.then(() => tellWatchdog(`leave ${pid}`));
  const stop = async (limitMs = STOP_LIMIT_MS): Promise<ChildExit> => {
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), limitMs);
    return exited.finally(() => clearTimeout(hard));
  };
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return { pid, process: child, exited, isRunning, stop };
}

let watchdog: ChildProcess | undefined;

/** One watchdog looks after all children of this process. */
function tellWatchdog(line: string): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${line}\n`);
}

function startWatchdog(): ChildProcess {
  const child = spawn(process.execPath, [built('embedded/watchdog.js')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // It must not keep this process alive, and a write to one that somebody killed must not end it.
  child.unref();
  child.stdin.on('error', () => undefined);
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
