/** Spending limits, deadlines, protection and adoption, in the states in which a later version may take such runs over. */
import { NAMES } from '../../../domain/contract.js';
import { BRISK, until } from '../../support/dev-world.js';
import { giveBack, provision, record, TEXT, untilState } from './recorder.js';

const LIMITS = {
  account: { maxLeases: 2, maxMonthly: 100, currency: 'USD' },
  labels: { tenant: { acme: { maxLeases: 1 } } },
} as const;
const LABELS = { tenant: 'acme', campaign: 'autumn' };

record(
  'limited',
  { workflows: [NAMES.provisionLease, NAMES.manageLease, NAMES.spendingBook], limits: LIMITS },
  async (world) => {
    const lease = await provision(world, { labels: LABELS });
    await world.leasehold
      .provision({ reference: 'one too many', labels: LABELS, ...BRISK })
      .catch(() => undefined);
    await giveBack(lease);
  },
);

record(
  'limited-and-active',
  { workflows: [NAMES.manageLease, NAMES.spendingBook], limits: LIMITS },
  (world) => provision(world, { labels: LABELS }),
);

record('limits-rebuilt', { workflows: [NAMES.spendingBook], limits: LIMITS }, async (world) => {
  const lease = await provision(world, { labels: LABELS });
  await world.leasehold.rebuildLimits();
  await giveBack(lease);
});

record('labelled', {}, (world) => provision(world, { labels: LABELS, messages: [TEXT] }));

record('protected', {}, async (world) => {
  const lease = await provision(world, { protected: true });
  await lease.terminate().catch(() => undefined);
});

record('protection-lifted', {}, async (world) => {
  const lease = await provision(world, { protected: true });
  await lease.protect(false);
  await giveBack(lease);
});

record('in-grace', {}, async (world) => {
  const lease = await provision(world, { grace: '30 days' });
  await lease.terminate();
});

record('restored', {}, async (world) => {
  const lease = await provision(world, { grace: '30 days' });
  await lease.terminate();
  await lease.restore();
});

record('grace-over', {}, async (world) => {
  const lease = await provision(world, { grace: '1s' });
  await giveBack(lease);
});

record('expiring', {}, async (world) => {
  const lease = await provision(world, { term: '90s', warnBefore: '89s' });
  await untilState(lease, 'expiring');
});

record('renewed', {}, async (world) => {
  const lease = await provision(world, { term: '2s', autoRenew: true });
  const { expiresAt } = await lease.status();
  await until(
    'it is renewed',
    () => lease.status(),
    (status) => status.expiresAt !== expiresAt,
  );
  await lease.renew({ auto: false });
  await lease.released();
});

record('until-billing-period-end', {}, (world) => provision(world, { until: 'billing-period-end' }));

record('adopted', { workflows: [NAMES.manageLease, NAMES.adoptNumbers] }, async (world) => {
  const [number = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await world.leasehold.adopt({ numbers: [number], labels: LABELS });
});

record('adopted-then-released', {}, async (world) => {
  const [number = ''] = await world.available();
  await world.simulator.controls.leaseByHand(number);
  await world.leasehold.adopt({ all: true, ...BRISK });
  const lease = world.leasehold.lease(number);
  await lease.terminate();
  await lease.released();
});
