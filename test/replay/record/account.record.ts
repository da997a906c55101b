/** Runs about a whole account: comparing it with its owners, many leases at once, plans, and what services are told. */
import { NAMES } from '../../../domain/contract.js';
import { BRISK } from '../../support/dev-world.js';
import { giveBack, provision, record, TEXT } from './recorder.js';

/** Nobody listens there: the event is told again and again. */
const DEAF = { url: 'http://127.0.0.1:9/events', secret: 'a secret of the service' };

record('reconciled', { workflows: [NAMES.reconcileLeases] }, async (world) => {
  const [number = ''] = await world.available();
  await provision(world);
  await world.simulator.controls.leaseByHand(number);
  await world.leasehold.reconcile({ confirmAfter: '1s' });
});

record('reconciled-by-adopting', { workflows: [NAMES.reconcileLeases] }, async (world) => {
  const [number = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await world.leasehold.reconcile({ confirmAfter: '1s', policies: { orphan: 'adopt' } });
});

record('reconciled-without-findings', { workflows: [NAMES.reconcileLeases] }, async (world) => {
  await provision(world);
  await world.leasehold.reconcile({ confirmAfter: '1s' });
});

record(
  'many',
  { workflows: [NAMES.provisionMany], entitlements: { imessage: true, whatsapp: true } },
  async (world) => {
    await world.leasehold.provisionMany({ reference: 'recorded', count: 5, window: 2, ...BRISK });
  },
);

record(
  'many-refused',
  { workflows: [NAMES.provisionMany], entitlements: { lease: false } },
  async (world) => {
    await world.leasehold
      .provisionMany({ reference: 'recorded', count: 5, window: 2, ...BRISK })
      .catch(() => undefined);
  },
);

record('planned', { workflows: [NAMES.planProvision] }, async (world) => {
  await world.leasehold.planProvision({ reference: 'recorded', ...BRISK });
});

record('announced', { workflows: [NAMES.manageLease, NAMES.deliverEvent], events: DEAF }, async (world) => {
  const lease = await provision(world);
  const { messageId = '' } = await lease.send(TEXT);
  await world.run(lease.number).signal(NAMES.deliveryReported, { messageId, delivered: true });
  await giveBack(lease);
});

record('opted-out', {}, async (world) => {
  const lease = await provision(world);
  const report = { recipient: TEXT.to, optedOut: true, at: Date.now() };
  await world.run(lease.number).signal(NAMES.optOutReported, report);
  await lease.send(TEXT).catch(() => undefined);
});
