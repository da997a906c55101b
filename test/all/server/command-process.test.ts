/** The command line as a person runs it: a process of its own. */
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { onLine, startCommand, type CommandProcess } from '../../support/command-process.js';
import { devWorld, until, type DevWorld } from '../../support/dev-world.js';

/** Of the wait for the run, which would otherwise go on for as long as its number is leased. */
const STOP_LIMIT_MS = 30_000;

async function start(args: string[], env: Record<string, string> = {}): Promise<CommandProcess> {
  const child = await startCommand(args, env);
  onTestFinished(() => child.stop().then(() => undefined));
  return child;
}

/** `start` on the world's server and simulator, told to stop when its text is sent: what it said, and how it ended. */
async function startAndInterrupt({ env }: DevWorld) {
  const child = await start(['start', '--temporal-from-env'], env);
  const said: string[] = [];
  onLine(child, (line) => said.push(line));
  await until(
    'the text is sent',
    () => Promise.resolve(said.join('\n')),
    (words) => words.includes('message hello: sent'),
  );
  child.process.kill('SIGINT');
  await vi.waitUntil(() => !child.isRunning(), { timeout: STOP_LIMIT_MS });
  const exit = await child.exited;
  return { said: said.join('\n'), exit };
}

it('Ctrl-C in the middle of a life ends `start`, and the run goes on with the next worker', async () => {
  const world = await devWorld({ termination: { minMs: 5_000, maxMs: 5_000 } });
  const { said, exit } = await startAndInterrupt(world);
  expect(exit).toMatchObject({ code: 0 });
  expect(said).toContain('Stopping. Open leases carry on at the next start.');
  expect(said).not.toMatch(/^ {4}at |Error/m);
  const [leased] = await world.entries('leased');
  await world.work();
  expect(await world.run(leased!.number).result()).toMatchObject({ releasedBy: 'us' });
});

it('a reader that has enough, as `head`, ends a command without a word', async () => {
  const child = await start(['--help']);
  child.stdout.destroy();
  expect(await text(child.stderr)).toBe('');
  expect(await child.exited).toMatchObject({ code: 141 });
});
