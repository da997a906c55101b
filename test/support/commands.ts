import { expect } from 'vitest';
import { runCommandLine } from '../../client/cli/program.js';
import type { DevWorld } from './dev-world.js';

/** One command, with the environment that it sees: its exit code and all that it wrote. */
export async function runCommand(args: string[], env: NodeJS.ProcessEnv) {
  let out = '';
  let err = '';
  const io = {
    env,
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    live: false,
  };
  return { code: await runCommandLine(args, io), out, err };
}

/** The command line, as somebody has it whose settings are those of the world. */
export function commandsOf(world: Pick<DevWorld, 'env'>) {
  const run = (...args: string[]) => runCommand(args, world.env);

  async function json<T>(...args: string[]): Promise<T> {
    const { code, out, err } = await run(...args, '--json');
    expect(code, err).toBe(0);
    return JSON.parse(out) as T;
  }

  return { run, json };
}
