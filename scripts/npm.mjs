import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupError } from './report.mjs';
import { keepingItsEnd, output, run } from './run.mjs';

/** Runs npm as a step of a set-up: its words go to stderr, a failure ends the set-up. */
export async function npmStep(args) {
  const code = await run(...npmCommand(args), { stdio: ['ignore', process.stderr, process.stderr] });
  if (code !== 0) throw new SetupError(`npm ${args[0]} failed (its own words are above).`);
}

/** Runs npm for all to see; gives its exit code. */
export function runNpm(args, env = process.env, node = process.execPath) {
  return run(...npmCommand(args, node), { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Runs npm for all to see; gives its exit code and the last that it printed. */
export function runNpmKeepingItsEnd(args, env) {
  return keepingItsEnd(...npmCommand(args), { env });
}

/** Runs npm for what it prints. */
export function npmOutput(args) {
  return output(...npmCommand(args));
}

/** Without a shell, on Windows too: npm is a Node program. */
export function npmCommand(args, node = process.execPath) {
  const cli = npmCli();
  return cli ? [node, [cli, ...args]] : ['npm', args];
}

/** The path of npm's program, where it is found beside Node or npm has started this. */
export function npmCli() {
  const started = process.env.npm_execpath ?? '';
  const home = dirname(process.execPath);
  const places = [
    ...(basename(started) === 'npm-cli.js' ? [started] : []),
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  return places.find((path) => existsSync(path));
}
