/** A run whose calls the rate limiter sends back five times each before each of them fails once. */
import { sentBackThenFailing } from '../../support/sent-back.js';
import { giveBack, provision, record, TEXT } from './recorder.js';

record('sent-back', sentBackThenFailing(), async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});
