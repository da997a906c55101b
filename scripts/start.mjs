import { runBuilt } from './run-built.mjs';
import { main } from './setup.mjs';

/** `npm start`: sets up what is missing, then shows one number's life on a Temporal server of its own. */
await main(async () => {
  const args = process.argv.slice(2);
  // A cluster that the shell happens to point at is not ours to use unless asked for.
  if (!args.includes('--temporal-from-env')) dropTemporal(process.env);
  await runBuilt('client/cli/main.js', ['start', ...args]);
});

function dropTemporal(env) {
  for (const name of Object.keys(env)) if (name.startsWith('TEMPORAL_')) Reflect.deleteProperty(env, name);
}
