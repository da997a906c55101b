/** Runs whose reads are activities of the queue (decision 21), with each of the reads there are. */
import { NAMES } from '../../../domain/contract.js';
import { provisionId } from '../../../domain/ids.js';
import { BRISK } from '../../support/dev-world.js';
import { ROUTE } from '../../support/plan.js';
import { faulty, giveBack, provision, record, TEXT } from './recorder.js';

const LIMITS = { account: { maxLeases: 2, maxMonthly: 100, currency: 'USD' } } as const;

record('reads', {}, async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await lease.extend({ until: '2090-01-01T09:00[Europe/Berlin]' });
  await giveBack(lease);
});

record('reads-and-active', {}, (world) => provision(world));

record('reads-and-terminating', { termination: 'never' }, async (world) => {
  const lease = await provision(world);
  await lease.terminate();
});

record('reads-of-doubt', { faults: faulty(ROUTE.send, { phase: 'after', reset: true }) }, async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});

record('reads-and-limits', { limits: LIMITS }, async (world) => giveBack(await provision(world)));

record('reads-in-an-outage', { faults: faulty(ROUTE.find, { phase: 'before', status: 503 }, 3) }, (world) =>
  provision(world),
);

record('reads-and-adopted', {}, async (world) => {
  const [number = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await world.leasehold.adopt({ numbers: [number], ...BRISK });
});

/** Another program starts it, so there is no mark in its memo. */
record('reads-by-hand', {}, async ({ client, taskQueue, leasehold }) => {
  const reference = 'recorded';
  const run = await client.workflow.start<(request: object) => Promise<{ number: string }>>(
    NAMES.provisionLease,
    { workflowId: provisionId(reference), taskQueue, args: [{ reference, ...BRISK }] },
  );
  const { number } = await run.result();
  const lease = leasehold.lease(number);
  await lease.terminate();
  await lease.released();
});
