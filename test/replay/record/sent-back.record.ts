/** A run whose calls were sent back to wait for their turn so often that it once took the first failure after that for the sixth. */
import { sentBackThenFailing } from '../../support/sent-back.js';
import { giveBack, provision, record, TEXT } from './recorder.js';

record('sent-back-not-counted', sentBackThenFailing(), async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});
