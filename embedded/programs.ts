import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Tells a person what is being done, one line at a time. */
export type Report = (line: string) => void;

/** The path of a program on the PATH, or undefined. */
export function onPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  // Windows calls it Path; only the original process.env hides that.
  const path = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, file))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The shell's environment without what points Temporal's tools at a cluster: the embedded ones are our own. */
export function withoutTemporal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** The account of the operating system that a program runs as; only root may choose another one than its own. */
export interface Account {
  uid: number;
  gid: number;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  account?: Account | undefined;
  timeoutMs: number;
  onLine?: Report;
}

/** Runs a program to its end and gives its output, both streams together. Rejects with its last lines where it fails. */
export async function runProgram(program: string, args: string[], options: RunOptions): Promise<string> {
  const child = spawn(program, args, {
    env: options.env ?? process.env,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...options.account,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  let output = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString();
    output += text;
    if (options.onLine)
      text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
        .forEach(options.onLine);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(
            `${signal ? 'did not end in time' : `exit code ${code ?? 'unknown'}`}: ${tellingLine(output)}`,
          ),
        );
    });
  });
}

/** What a program ends with; Maven tells first what went wrong, and then where to read about it. */
function tellingLine(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => line.startsWith('[ERROR]')) ?? lines.at(-1) ?? '';
}

/** Says that a long step is still going, with the seconds it has taken, until `work` ends. */
export async function withHeartbeat<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const beat = setInterval(
    () => report(`  … ${what}, ${Math.round((Date.now() - started) / 1000)} s so far`),
    15_000,
  );
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
