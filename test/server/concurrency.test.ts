import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { LeaseholdError } from '../../client/index.js';
import { failureOf, releaseAll, times } from '../support/crowd.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';

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
  await releaseAll(world);
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
  await releaseAll(world);
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
  await releaseAll(world);
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
  await releaseAll(world);
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
