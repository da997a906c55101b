/** A request that goes wrong does not lease one number after another, and leaves none behind. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf, type ProvisionHandle, type World } from '../support/harness.js';
import { listedCheap } from '../support/listed-cheap.js';
import { Plan, ROUTE } from '../support/plan.js';

const ALWAYS = 1_000_000;
const MINUTE_MS = 60_000;

const called = (world: World, route: string) => world.simulator.controls.calls()[route] ?? 0;

async function numbersLeased(world: World): Promise<string[]> {
  const { entries } = await world.simulator.controls.ledger();
  return entries.flatMap((entry) => (entry.kind === 'leased' ? [entry.number] : []));
}

test('an account that cannot pay (402) ends the request at its first lease call, also for a number with requirements', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  for (const { number } of await world.freeNumbers())
    world.simulator.controls.setNumberStatus(number, 'unavailable');
  faults.on(ROUTE.lease, { phase: 'before', status: 402 }, ALWAYS);
  expect(await failureOf(world.provision({ reference: 'unpaid' }))).toMatchObject({
    type: 'AccountRestricted',
  });
  expect(called(world, ROUTE.lease)).toBe(1);
});

test('a vendor that fails every lease call (500) is asked for three numbers at most', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'before', status: 500 }, ALWAYS);
  const provision = await world.start({ reference: 'broken-vendor', settleWindow: '1s' });
  expect(await failureOf(provision.result())).toMatchObject({ type: 'UnexpectedResponse' });
  expect(world.numbers).toHaveLength(3);
});

test('numbers that are leased and released again one after another have a limit', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  await listedCheap(faults, world.simulator);
  const limits = { currency: 'USD', maxMonthlyRate: 0.2 } as const;
  const three = failureOf(world.provision({ reference: 'three', limits }));
  expect(await three).toMatchObject({ type: 'LimitExceeded', field: 'maxNumbersLeased' });
  expect(await numbersLeased(world)).toHaveLength(3);
  const one = failureOf(world.provision({ reference: 'one', limits, maxNumbersLeased: 1 }));
  expect(await one).toMatchObject({ type: 'LimitExceeded', field: 'maxNumbersLeased' });
  expect(await numbersLeased(world)).toHaveLength(4);
});

test('a lease that cannot be verified in time fails the request; the number stays owned until it is released', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, ALWAYS);
  const began = await world.server.now();
  const failure = await failureOf(world.provision({ reference: 'unverified' }));
  const [number = ''] = await numbersLeased(world);
  expect(failure).toMatchObject({ type: 'UnexpectedResponse' });
  expect(failure.message).toContain(`${number} was not leased and verified within 15m`);
  const tookMs = (await world.server.now()) - began;
  expect(tookMs).toBeGreaterThan(14 * MINUTE_MS);
  expect(tookMs).toBeLessThan(20 * MINUTE_MS);
  faults.clear();
  expect(await world.lease(number).result()).toMatchObject({ releasedBy: 'us' });
  expect(await numbersLeased(world)).toEqual([number]);
});

/** Holds requests that start a number's run until it is told to let them through. */
function holdingStarts(): { interceptor: WorkflowClientInterceptor; held: () => number; letGo: () => void } {
  let held = 0;
  let letGo = (): void => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const interceptor: WorkflowClientInterceptor = {
    startUpdateWithStart: async (input, next) => {
      held += 1;
      await gone;
      return next(input);
    },
  };
  return { interceptor, held: () => held, letGo };
}

test('a start that arrives after its provision was cancelled leases nothing', async ({ open }) => {
  const { interceptor, held, letGo } = holdingStarts();
  const world = await open({ interceptor });
  await world.work();
  const provision = await world.start({ reference: 'cancelled' });
  await world.soon('the start is on its way', () => held() === 1);
  await provision.handle.cancel();
  await expect(provision.result()).rejects.toThrow();
  letGo();
  await world.soon('the run of a number', () => world.numbers.length === 1);
  const result = await world.lease(world.numbers[0]!).result();
  expect(result).toMatchObject({ leaseId: null, acquired: { outcome: 'refused', late: true } });
  expect(await numbersLeased(world)).toEqual([]);
});

test('a run that starts too late is started again where its number is still wanted', async ({ open }) => {
  const { interceptor, held, letGo } = holdingStarts();
  const world = await open({ interceptor });
  await world.work();
  const number = (await world.freeNumbers())[0]!.number;
  const provision = await world.start({ reference: 'still-wanted', number });
  await world.soon('the start is on its way', () => held() === 1);
  await world.server.sleep(2 * MINUTE_MS);
  letGo();
  expect((await provision.result()).number).toBe(number);
  expect(await numbersLeased(world)).toEqual([number]);
});

test('a start that arrives while its provision is being cancelled is released with it', async ({ open }) => {
  const { interceptor, held, letGo } = holdingStarts();
  const world = await open({ interceptor });
  await world.work();
  const provision = await world.start({ reference: 'in-between' });
  await world.soon('the start is on its way', () => held() === 1);
  await provision.handle.cancel();
  await world.soon('it looks for a run of the number', () => hasLookedForRun(provision));
  letGo();
  await world.soon('the run of a number', () => world.numbers.length === 1);
  await expect(provision.result()).rejects.toThrow();
  const { status } = await provision.handle.describe();
  expect(status.name).toBe('CANCELLED');
  await world.lease(world.numbers[0]!).result();
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

async function hasLookedForRun({ handle }: ProvisionHandle): Promise<boolean> {
  const { events = [] } = await handle.fetchHistory();
  const looks = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'giveBack',
  );
  const done = events?.some(({ activityTaskCompletedEventAttributes: completed }) =>
    completed?.scheduledEventId?.equals(looks?.eventId ?? 0),
  );
  return done ?? false;
}
