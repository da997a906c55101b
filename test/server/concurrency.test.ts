import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { timeOf } from '../../bench/history-counts.js';
import { LeaseholdError } from '../../client/index.js';
import { leaseId, provisionId } from '../../domain/ids.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';

/** `work` so many times at once. */
const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function giveBackAll(world: DevWorld): Promise<void> {
  const { open } = await world.simulator.controls.ledger();
  await Promise.all(
    open.map(async ({ number }) => {
      const lease = world.leasehold.lease(number);
      await lease.terminate();
      await lease.released();
    }),
  );
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
}

const failureOf = async (work: Promise<unknown>): Promise<LeaseholdError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LeaseholdError) return error;
  throw new Error(`expected a LeaseholdError, got ${String(error)}`);
};

test('50 callers with one reference get one run, one lease and the same answer', async () => {
  const world = await devWorld();
  await world.work();
  const leases = await times(50, () => world.leasehold.provision({ reference: 'order-1', ...BRISK }));
  expect(new Set(leases.map(({ leased }) => JSON.stringify(leased))).size).toBe(1);
  expect(await world.entries('leased')).toHaveLength(1);
  const runs = await world.allRuns();
  expect(runs.map(({ workflowId }) => workflowId).sort()).toEqual([
    `lease/${leases[0]!.number}`,
    'provision/order-1',
  ]);
  await giveBackAll(world);
  const again = await world.leasehold.provision({ reference: 'order-1', ...BRISK });
  expect(again.leased).toEqual(leases[0]!.leased);
});

test('a used reference with another request is a mismatch that names the field', async () => {
  const world = await devWorld();
  await world.work();
  const request = { reference: 'order-2', criteria: { country: 'US' }, ...BRISK };
  const lease = await world.leasehold.provision(request);
  const elsewhere = await failureOf(world.leasehold.provision({ ...request, criteria: { country: 'CA' } }));
  expect(elsewhere).toMatchObject({ type: 'ReferenceMismatch', field: 'criteria' });
  const longer = await failureOf(world.leasehold.provision({ ...request, term: '30 days' }));
  expect(longer).toMatchObject({ type: 'ReferenceMismatch', field: 'term' });
  expect((await world.leasehold.provision(request)).leaseId).toBe(lease.leaseId);
  await giveBackAll(world);
});

test('a reference whose run failed may be tried again', async () => {
  const world = await devWorld();
  await world.work();
  const [number] = await world.available();
  await world.simulator.controls.leaseByOther(number!);
  const request = { reference: 'order-3', number: number!, ...BRISK };
  expect((await failureOf(world.leasehold.provision(request))).type).toBe('NumberUnavailable');
  await world.simulator.controls.releaseByOther(number!);
  expect((await world.leasehold.provision(request)).number).toBe(number);
  await giveBackAll(world);
});

test('of ten services that want the same number exactly one gets it', async () => {
  const world = await devWorld();
  await world.work();
  const [number] = await world.available();
  const tries = await times(10, (index) =>
    world.leasehold.provision({ reference: `service-${index}`, number: number!, ...BRISK }).then(
      (lease) => lease.reference,
      (error: unknown) => (error instanceof LeaseholdError ? error.type : String(error)),
    ),
  );
  expect(tries.filter((outcome) => outcome === 'NumberUnavailable')).toHaveLength(9);
  expect(tries.filter((outcome) => outcome.startsWith('service-'))).toHaveLength(1);
  expect(await world.entries('leased')).toHaveLength(1);
  await giveBackAll(world);
});

test('100 sends at once on one number each go out once', async () => {
  const world = await devWorld();
  await world.work();
  const pacing = { perSecond: 100, burst: 100 };
  const lease = await world.leasehold.provision({ reference: 'campaign', pacing, ...BRISK });
  const answers = await times(100, (index) =>
    lease.send({ id: `m${index}`, to: '+12025550123', message: `Text ${index}` }),
  );
  expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(100);
  const texts = (await world.entries('text')).map(({ message }) => message);
  expect(texts).toHaveLength(100);
  expect(new Set(texts).size).toBe(100);
  const again = await lease.send({ id: 'm7', to: '+12025550123', message: 'Text 7' });
  expect(again).toEqual(answers[7]);
  expect((await lease.status()).counts).toMatchObject({ sent: 100, queued: 0 });
  await giveBackAll(world);
});

test('50 provisions at once take the 50 numbers there are, one each', async () => {
  const world = await devWorld({
    inventorySize: 120,
    entitlements: { imessage: true, whatsapp: true, enterprise: true },
  });
  for (const number of (await world.available()).slice(50)) {
    world.simulator.controls.setNumberStatus(number, 'unavailable');
  }
  await world.work();
  const leases = await times(50, (index) =>
    world.leasehold.provision({ reference: `one-of-50-${index}`, ...BRISK }),
  );
  expect(new Set(leases.map(({ number }) => number)).size).toBe(50);
  const none = await failureOf(world.leasehold.provision({ reference: 'one-too-many', ...BRISK }));
  expect(none.type).toBe('NoNumberAvailable');
  expect(await world.entries('leased')).toHaveLength(50);
  await giveBackAll(world);
});

/** A client whose first ask for a number acts, and never hears the answer. */
function withFirstAnswerLost({ client }: DevWorld): Client {
  let asks = 0;
  return new Client({
    connection: client.connection,
    namespace: client.options.namespace,
    interceptors: {
      workflow: [
        {
          startUpdateWithStart: async (input, next) => {
            const answer = await next(input);
            asks += 1;
            return asks === 1 ? new Promise<never>(() => undefined) : answer;
          },
        },
      ],
    },
  });
}

test('a provision that missed its answer gets it later, although others have had the number since', async () => {
  const world = await devWorld();
  await world.work(withFirstAnswerLost(world));
  const [number = ''] = await world.available();
  const oneShot = (reference: string) => ({
    reference,
    number,
    messages: [{ id: 'm1', to: '+12025550123', message: `From ${reference}` }],
    terminateAfterMessages: true,
    ...BRISK,
  });
  const first = world.leasehold.provision(oneShot('first'));
  await until(
    'its number is released',
    () => world.entries('released'),
    (released) => released.length === 1,
  );
  await world.run(number).result();
  const second = await world.leasehold.provision(oneShot('second'));
  await second.released();
  expect((await first).leaseId).not.toBe(second.leaseId);
  expect((await world.entries('leased')).map(({ leaseId }) => leaseId)).toEqual([
    (await first).leaseId,
    second.leaseId,
  ]);
  expect(await world.entries('text')).toHaveLength(2);
});

test('a run that has a number goes before a crowd of searches that came before it', async () => {
  const CROWD = 100;
  const world = await devWorld();
  const stop = await world.work();
  const lease = await world.leasehold.provision({ reference: 'first', ...BRISK });
  await stop();
  await times(CROWD, (nth) => world.leasehold.startProvision({ reference: `crowd-${nth}`, ...BRISK }));
  const terminating = lease.terminate();
  const since = Date.now();
  await world.work();
  await terminating;
  const crowd = await times(CROWD, (nth) => firstTask(world, provisionId(`crowd-${nth}`), since));
  const own = await firstTask(world, leaseId(lease.number), since);
  expect(crowd.filter((at) => at < own).length).toBeLessThan(CROWD / 2);
});

/** When the first workflow task of a run from that instant on was taken by a worker. */
async function firstTask(world: DevWorld, workflowId: string, since: number): Promise<number> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const taken = (events ?? []).filter(({ workflowTaskStartedEventAttributes: it }) => it);
  return taken.map(timeOf).find((at) => at >= since) ?? Number.POSITIVE_INFINITY;
}
