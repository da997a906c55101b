/** A provision and the run of its number, in the states in which a later version may take them over. */
import { DEMO_API_KEY } from '../../../simulator/index.js';
import { NAMES, type ProvisionStatus } from '../../../domain/contract.js';
import { provisionId } from '../../../domain/ids.js';
import { BRISK, until } from '../../support/dev-world.js';
import { faulty, giveBack, provision, record, TEXT, untilState } from './recorder.js';

const LEASE = 'POST /numbers/lease/{number}';
const READ = 'GET /numbers/{number}';
const SEND = 'POST /send/text';
const TERMINATE = 'DELETE /numbers/leased/{number}';
const FIND = 'GET /numbers/leases';
/** The vendor acted and the answer was lost, or the vendor never acted: the caller cannot tell. */
const LOST_ANSWER = { phase: 'after', reset: true } as const;
const LOST_CALL = { phase: 'before', reset: true } as const;
const LONG_MS = 2_000;

record('one-shot', { workflows: [NAMES.provisionLease, NAMES.manageLease] }, async (world) => {
  const lease = await provision(world, { messages: [TEXT], terminateAfterMessages: true });
  await lease.released();
});

record('active', {}, (world) => provision(world, { term: '30 days', messages: [TEXT] }));

record('active-until-told', {}, (world) => provision(world));

/** A time in a zone is read by an activity. */
record('extended-to-a-time', {}, async (world) => {
  const lease = await provision(world);
  await lease.extend({ until: '2090-01-01T09:00[Europe/Berlin]' });
});

record(
  'finding',
  { workflows: [NAMES.provisionLease], faults: faulty(FIND, { phase: 'before', status: 500 }, 100) },
  async (world) => {
    const started = await world.leasehold.startProvision({ reference: 'recorded', ...BRISK });
    await until(
      'it has looked twice',
      () => Promise.resolve(world.simulator.controls.calls()[FIND] ?? 0),
      (n) => n >= 2,
    );
    await started.status();
  },
);

record(
  'found-after-an-outage',
  { workflows: [NAMES.provisionLease], faults: faulty(FIND, { phase: 'before', status: 503 }, 3) },
  (world) => provision(world),
);

/** Another program starts it, without search attributes and without a memo. */
record('started-by-another-program', { workflows: [NAMES.provisionLease] }, async ({ client, taskQueue }) => {
  const run = await client.workflow.start(NAMES.provisionLease, {
    workflowId: 'provision/recorded',
    taskQueue,
    args: [{ reference: 'recorded', ...BRISK }],
  });
  await run.result();
});

record(
  'refused-then-leased',
  {
    workflows: [NAMES.provisionLease, NAMES.manageLease],
    faults: faulty(LEASE, { phase: 'before', status: 400 }),
  },
  async (world) => {
    await giveBack(await provision(world));
  },
);

record(
  'restricted',
  { workflows: [NAMES.provisionLease, NAMES.manageLease], entitlements: { lease: false } },
  async (world) => {
    await provision(world).catch(() => undefined);
    const handle = world.client.workflow.getHandle(provisionId('recorded'));
    const { candidates } = await handle.query<ProvisionStatus>(NAMES.status);
    await world.run(candidates[0]?.number ?? '').result(); // it stays until no copy of its call can act
  },
);

record('failed-unavailable', { workflows: [NAMES.provisionLease] }, async (world) => {
  const [number = ''] = await world.available();
  await world.simulator.controls.leaseByOther(number);
  await provision(world, { number }).catch(() => undefined);
});

record('failed-invalid', { workflows: [NAMES.provisionLease] }, async (world) => {
  const handle = await world.client.workflow.start(NAMES.provisionLease, {
    workflowId: 'provision/recorded',
    taskQueue: world.taskQueue,
    args: [{ reference: 'recorded', colour: 'red' }],
  });
  await handle.result().catch(() => undefined);
});

record('held-by-another', { workflows: [NAMES.provisionLease, NAMES.manageLease] }, async (world) => {
  const [number = ''] = await world.available();
  const lease = await provision(world, { number });
  await world.leasehold.provision({ reference: 'other', number, ...BRISK }).catch(() => undefined);
  await giveBack(lease);
});

record(
  'cancelled-provision',
  {
    workflows: [NAMES.provisionLease, NAMES.manageLease],
    faults: faulty(LEASE, { phase: 'before', delayMs: LONG_MS }),
  },
  async (world) => {
    const started = await world.leasehold.startProvision({ reference: 'recorded', ...BRISK });
    await until(
      'it leases',
      () => started.status(),
      ({ state }) => state === 'leasing',
    );
    await started.cancel();
    const { number } = await started.status();
    await started.result().catch(() => undefined);
    await world.run(number ?? '').result();
  },
);

record('cancelled-lease', {}, async (world) => {
  const { number } = await provision(world);
  await world.run(number).cancel();
  await world.run(number).result();
});

record('extended-then-expired', {}, async (world) => {
  const lease = await provision(world, { term: '10s' });
  await lease.extend({ term: '1s' });
  await lease.released();
});

record('terminating', { termination: 'never' }, async (world) => {
  const lease = await provision(world);
  await lease.terminate();
  await until(
    'it has looked twice',
    () => lease.status(),
    ({ polls }) => polls >= 2,
  );
});

record('attention-then-released', { termination: 'never' }, async (world) => {
  const lease = await provision(world, { releasePolling: { ...BRISK.releasePolling, escalateAfter: '1s' } });
  await lease.terminate();
  await untilState(lease, 'attention');
  world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
  await lease.released();
});

record('lease-answer-lost', { faults: faulty(LEASE, LOST_ANSWER) }, async (world) => {
  await giveBack(await provision(world));
});

record('lease-call-lost', { faults: faulty(LEASE, LOST_CALL) }, async (world) => {
  await giveBack(await provision(world));
});

record('verify-fails', { faults: faulty(READ, { phase: 'before', status: 503 }, 2) }, async (world) => {
  await giveBack(await provision(world));
});

record('verify-lags', { faults: faulty(READ, { phase: 'before', status: 404 }, 2) }, async (world) => {
  await giveBack(await provision(world, { settleWindow: '20s' }));
});

record('send-answer-lost', { faults: faulty(SEND, LOST_ANSWER) }, async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});

record('send-call-lost', { faults: faulty(SEND, LOST_CALL) }, async (world) => {
  const lease = await provision(world);
  await lease.send(TEXT);
  await giveBack(lease);
});

record('send-unknown', { faults: faulty(SEND, LOST_CALL) }, async (world) => {
  const lease = await provision(world);
  await world.run(lease.number).signal(NAMES.numberSubstituted, { usedNumber: '+12025550199' });
  await lease.send(TEXT);
  await giveBack(lease);
});

record(
  'send-limited-then-refused',
  { faults: faulty(SEND, { phase: 'before', status: 429 }) },
  async (world) => {
    const lease = await provision(world);
    const { messageId = '' } = await lease.send(TEXT);
    await world.run(lease.number).signal(NAMES.deliveryReported, { messageId, delivered: true });
    await world.simulator.controls.setLeaseStatus(lease.number, 'paused');
    await lease.send({ ...TEXT, id: 'm2' }).catch(() => undefined);
    await giveBack(lease);
  },
);

record('paced', {}, async (world) => {
  const lease = await provision(world, { pacing: { perSecond: 2, burst: 1 } });
  await Promise.all(
    [1, 2, 3].map((index) => lease.send({ ...TEXT, id: `m${index}`, message: `Text ${index}` })),
  );
  await giveBack(lease);
});

record('terminate-answer-lost', { faults: faulty(TERMINATE, LOST_ANSWER) }, async (world) => {
  await giveBack(await provision(world));
});

record('terminate-call-lost', { faults: faulty(TERMINATE, LOST_CALL) }, async (world) => {
  await giveBack(await provision(world));
});

record('released-by-vendor', {}, async (world) => {
  const lease = await provision(world);
  await world.simulator.controls.releaseByHand(lease.number);
  await giveBack(lease);
});

record('key-revoked-and-back', {}, async (world) => {
  const lease = await provision(world);
  world.simulator.controls.setKey('contiguity_sk_another');
  await lease.terminate();
  await untilState(lease, 'attention');
  world.simulator.controls.setKey(DEMO_API_KEY);
  await lease.released();
});

record('continued-as-new', {}, async (world) => {
  const TEXTS = 40;
  const lease = await provision(world, { pacing: { perSecond: 100, burst: 100 } });
  const texts = Array.from({ length: TEXTS }, (_, index) => ({
    ...TEXT,
    id: `m${index}`,
    message: `Text ${index}`,
  }));
  await Promise.all(texts.map((text) => lease.send(text)));
  await giveBack(lease);
});
