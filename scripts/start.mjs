import { ensureReady, main } from './setup.mjs';
import { node } from './run.mjs';

/** `npm start`: sets up what is missing, then shows one number's life on a Temporal server of its own. */
await main(async () => {
  const args = process.argv.slice(2);
  await ensureReady();
  // A cluster that the shell happens to point at is not ours to use unless asked for.
  const env = args.includes('--temporal-from-env') ? process.env : withoutTemporal(process.env);
  return node(['dist/client/cli/main.js', 'start', ...args], { env });
});

function withoutTemporal(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
