import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Something that the person at the keyboard can mend: its message is all that is shown. */
export class SetupError extends Error {
  name = 'SetupError';
  exitCode = 1;
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Announces a step, shows that it is alive while it takes long, and says how long it took. */
export async function step(title, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`• ${title} …`);
  const alive = setInterval(() => say(`  … still at it after ${seconds()}`), 15_000);
  try {
    const result = await work();
    say(`  done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(alive);
  }
}
