/** The gateway as an operator runs it: a process of its own. */
import { onTestFinished } from 'vitest';
import { onLine, startCommand } from './command-process.js';

/** Resolves with its URL when it serves. */
export async function startGateway(keyEntry: string, env: Record<string, string>, ...args: string[]) {
  const child = await startCommand(['gateway', '--port', '0', ...args], {
    LEASEHOLD_GATEWAY_KEYS: keyEntry,
    ...env,
  });
  onTestFinished(() => child.stop().then(() => undefined));
  const lines: string[] = [];
  const url = new Promise<string>((resolve) => {
    onLine(child, (line) => {
      lines.push(line);
      const ready = /"url":"([^"]+)".*"msg":"gateway ready"/.exec(line)?.[1];
      if (ready !== undefined) resolve(ready);
    });
  });
  const ended = child.exited.then(() => Promise.reject(new Error(`the gateway ended: ${lines.join('\n')}`)));
  ended.catch(() => undefined);
  return { url: await Promise.race([url, ended]), child, lines };
}
