import { becomeCli } from './cli.mjs';
import { ensureReady, main } from './setup.mjs';

/** `npm run -s leasehold -- <command>`: the command line of a clone; silent about set-up when there is nothing to do. */
await main(async () => {
  const args = process.argv.slice(2);
  await ensureReady();
  await becomeCli(args);
});
