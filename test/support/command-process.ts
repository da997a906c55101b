/** The command line as a person or an operator runs it: a process of its own. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startChild, type Child } from '../../embedded/child.js';
import { built } from '../../embedded/project.js';

export interface CommandProcess extends Child {
  stdout: Readable;
  stderr: Readable;
}

/** Of the shell it sees nothing but where programs are, besides what `env` says. */
export async function startCommand(
  args: string[],
  env: Record<string, string> = {},
): Promise<CommandProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const child = await startChild(process.execPath, [built('client/cli/main.js'), ...args], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child.process;
  if (!stdout || !stderr) throw new Error('a command without pipes');
  return { ...child, stdout, stderr };
}

/** Every line that it says, on whichever stream. */
export function onLine({ stdout, stderr }: CommandProcess, heard: (line: string) => void): void {
  for (const input of [stdout, stderr]) createInterface({ input }).on('line', heard);
}
