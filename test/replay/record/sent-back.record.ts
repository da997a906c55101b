/** A run whose calls were sent back to wait for their turn so often that it once took the first failure after that for the sixth. */
import { Plan, ROUTE } from '../../support/plan.js';
import { SentBack } from '../../support/sent-back.js';
import { giveBack, provision, record, TEXT } from './recorder.js';

const LIMITED = { phase: 'before', status: 429 } as const;
const faults = new Plan()
  .on(ROUTE.lease, LIMITED)
  .on(ROUTE.read, { phase: 'before', status: 503 })
  .on(ROUTE.send, LIMITED);

/** The search, the lease call and its repeat, the look at the number and its repeat, the text. */
const pace = new SentBack([0, 5, 0, 5, 0, 5]);

record('sent-back-not-counted', { faults, pace }, async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});
