/**
 * `npm test -- --record [--force] [<file>]`: records histories of the workflows in every state on this version's
 * code, for the replay tests; with a file of test/replay/record only its own, beside the others. Until 0.1.0 is released they
 * are a working corpus, which may be recorded anew at any time. See docs/testing.md.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SetupError, say } from './report.mjs';
import { node } from './run.mjs';
import { ensureReady } from './setup.mjs';

/** Gives an exit code. */
export async function run(args) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const folder = join(ROOT, 'test', 'replay', 'histories', version);
  if (existsSync(folder) && !args.includes('--force')) {
    throw new SetupError(
      `There are histories of ${version} already. If ${version} is not released, they are a working corpus: record them anew with --force. If it is, its runs may be open: keep them, and set the next version in package.json.`,
    );
  }
  const files = args.filter((arg) => arg !== '--force');
  await ensureReady();
  if (files.length === 0) rmSync(folder, { recursive: true, force: true });
  const env = { ...process.env, LEASEHOLD_RECORD: folder };
  const code = await node(['node_modules/vitest/vitest.mjs', 'run', ...files], { env });
  if (code === 0) say(`Recorded in test/replay/histories/${version}.`);
  return code;
}
