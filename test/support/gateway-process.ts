/** The gateway as an operator runs it: a process of its own. */
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { startChild } from '../../embedded/child.js';
import { built } from '../../embedded/project.js';

/** Resolves with its URL when it serves. */
export async function startGateway(keyEntry: string, env: Record<string, string>, ...args: string[]) {
  const { PATH = '', HOME = '' } = process.env;
  const child = await startChild(
    process.execPath,
    [built('client/cli/main.js'), 'gateway', '--port', '0', ...args],
    {
      env: { PATH, HOME, LEASEHOLD_GATEWAY_KEYS: keyEntry, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => child.stop().then(() => undefined));
  const lines: string[] = [];
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.process.stdout, child.process.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const ready = /"url":"([^"]+)".*"msg":"gateway ready"/.exec(line)?.[1];
        if (ready !== undefined) resolve(ready);
      });
    }
  });
  const ended = child.exited.then(() => Promise.reject(new Error(`the gateway ended: ${lines.join('\n')}`)));
  ended.catch(() => undefined);
  return { url: await Promise.race([url, ended]), child, lines };
}
