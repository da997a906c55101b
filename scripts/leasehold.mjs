import { ensureReady, main } from './setup.mjs';
import { node } from './run.mjs';

/** `npm run -s leasehold -- <command>`: the command line of a clone; silent about set-up when there is nothing to do. */
await main(async () => {
  await ensureReady();
  return node(['dist/client/cli/main.js', ...process.argv.slice(2)]);
});
