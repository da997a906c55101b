import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

/** Runs npm without a shell, on Windows too: as the Node program that it is. Its output goes to stderr. */
export async function npm(args) {
  const stdio = ['ignore', process.stderr, process.stderr];
  const cli = npmCli();
  const code = cli
    ? await run(process.execPath, [cli, ...args], { stdio })
    : await run('npm', args, { stdio });
  if (code !== 0) throw new SetupError(`npm ${args[0]} failed (its own words are above).`);
}

function npmCli() {
  const started = process.env.npm_execpath ?? '';
  const home = dirname(process.execPath);
  const places = [
    ...(basename(started) === 'npm-cli.js' ? [started] : []),
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  return places.find((path) => existsSync(path));
}
