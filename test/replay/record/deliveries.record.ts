/** Texts of which it is asked whether they arrive, in every state that the asking may be in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMES } from '../../../domain/contract.js';
import { until } from '../../support/dev-world.js';
import { ROUTE } from '../../support/plan.js';
import { faulty, giveBack, provision, record, TEXT } from './recorder.js';

const ASKED = { ...TEXT, confirmDelivery: true };
const NEVER_MS = 1e9;
/** The vendor is first asked a minute after the text. */
const NEARLY_A_MINUTE_MS = 50_000;

record('delivery-awaited', { deliveryMs: NEVER_MS }, (world) => provision(world, { messages: [ASKED] }));

record('delivery-reported', {}, async (world) => {
  const lease = await provision(world);
  const { messageId = '' } = await lease.send(ASKED);
  await world.run(lease.number).signal(NAMES.deliveryReported, { messageId, delivered: true });
  await giveBack(lease);
});

record('delivery-known-at-the-end', { deliveryMs: 0 }, async (world) => {
  await giveBack(await provision(world, { messages: [ASKED] }));
});

record('delivery-unknown-at-the-end', { deliveryMs: NEVER_MS }, async (world) => {
  await giveBack(await provision(world, { messages: [ASKED] }));
});

record(
  'delivery-not-answered',
  { faults: faulty(ROUTE.message, { phase: 'before', status: 503 }) },
  async (world) => {
    await giveBack(await provision(world, { messages: [ASKED] }));
  },
);

record('delivery-asked-for', {}, async (world) => {
  const lease = await provision(world, { messages: [ASKED] });
  await sleep(NEARLY_A_MINUTE_MS);
  await until(
    'the vendor was asked',
    () => lease.status(),
    ({ messages }) => messages[0]?.delivery === 'confirmed',
  );
});
