import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const LONG_HISTORY = 'LONG_HISTORY = 4_000';
/** Few, but more than a run has before its first wait: it would go on in a new run for ever otherwise. */
const SHORT = 50;

/**
 * A copy of a workflow bundle, beside it, whose runs go on in a new one after dozens of events instead of thousands.
 * @returns its path
 */
export function withShortHistories(bundle: string): string {
  const code = readFileSync(bundle, 'utf8');
  if (!code.includes(LONG_HISTORY)) throw new Error(`${bundle} does not say "${LONG_HISTORY}"`);
  const path = join(dirname(bundle), `short-${basename(bundle)}`);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, code.replace(LONG_HISTORY, `LONG_HISTORY = ${SHORT}`));
  renameSync(draft, path); // processes beside this one make the same
  return path;
}
