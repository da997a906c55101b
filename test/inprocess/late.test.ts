import type { WorkflowClientInterceptor } from '@temporalio/client';
import { describe, expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf, type World } from '../support/harness.js';
import { Plan, ROUTE } from '../support/plan.js';

const MINUTE_MS = 60_000;
const AT_ONCE = { minMs: 0, maxMs: 0 };

describe.each([409, 404, 400])('a repeat that is answered %i because the first call acted', (status) => {
  test('of a lease call: the lease is ours', async ({ open }) => {
    const faults = new Plan();
    const world = await open({ faults });
    await world.work();
    // The first call is lost and acts just before the repeat: as if the repeat acted, and were answered so.
    faults.on(ROUTE.lease, { phase: 'before', reset: true });
    faults.on(ROUTE.lease, { phase: 'after', status });
    const number = await world.freeNumber();
    const leased = await world.provision({ reference: 'own-success', number, settleWindow: '3s' });
    expect(world.simulator.controls.calls()[ROUTE.lease]).toBe(2);
    const { open: held } = await world.simulator.controls.ledger();
    expect(held).toMatchObject([{ number, leaseId: leased.leaseId }]);
  });

  test('of a DELETE: the release is waited for, and was ours', async ({ open }) => {
    const faults = new Plan();
    const world = await open({ faults, termination: { minMs: MINUTE_MS, maxMs: MINUTE_MS } });
    await world.work();
    const lease = await world.leased({ reference: 'own-delete' });
    faults.on(ROUTE.terminate, { phase: 'after', reset: true });
    faults.on(ROUTE.terminate, { phase: 'before', status }, Infinity);
    await lease.terminate();
    const result = await lease.result();
    expect(result).toMatchObject({ releasedBy: 'us' });
    expect(world.simulator.controls.calls()[ROUTE.terminate]).toBeGreaterThanOrEqual(3);
    expect((await world.simulator.controls.ledger()).open).toEqual([]);
  });
});

test('two provisions that want one number, and every answer to a lease call is lost: one gets it, once', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', reset: true }, Infinity);
  const number = await world.freeNumber();
  const want = (reference: string) => world.provision({ reference, number, settleWindow: '3s' });
  const ends = await Promise.allSettled([want('one'), want('other')]);
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const lost = ends.find((end) => end.status === 'rejected');
  expect(await failureOf(Promise.reject(lost?.reason as Error))).toMatchObject({ type: 'NumberUnavailable' });
  expect(await world.count('leased')).toBe(1);
  expect((await world.simulator.controls.ledger()).open).toMatchObject([{ number }]);
});

test('a DELETE that lands late, after the release is proven, does not hit the next lease of the number', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: AT_ONCE });
  await world.work();
  const lease = await world.leased({ reference: 'first' });
  const { number } = lease;
  await world.server.sleep(2 * MINUTE_MS); // nothing of the lease call is in doubt any more, which would hold the number too
  faults.on(ROUTE.terminate, { phase: 'before', reset: true, lateMs: 45_000 });
  await lease.terminate();
  await world.later('the release', 1_000, async () => (await world.count('released')) === 1);
  const meanwhile = await failureOf(world.provision({ reference: 'too-soon', number }));
  expect(meanwhile.message).toContain('is held for reference first');
  await lease.result();
  const next = await world.provision({ reference: 'next', number });
  await world.server.sleep(5 * MINUTE_MS);
  const { open: held } = await world.simulator.controls.ledger();
  expect(held).toMatchObject([{ number, leaseId: next.leaseId }]);
  expect((await world.lease(number).status()).state).toBe('active');
});

test('a lease call that lands late, while the run gives up on the number, is found at the end of the window', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const number = await world.freeNumber();
  faults.on(ROUTE.lease, { phase: 'before', reset: true, lateMs: 50_000 });
  faults.on(ROUTE.read, () => undefined); // the search
  faults.on(ROUTE.read, { phase: 'before', status: 404 }, 2); // at once, and once a read cannot lag behind the call
  const failure = await failureOf(world.provision({ reference: 'given-up', number }));
  expect(failure.message).toContain('knows no number');
  const result = await world.lease(number).result();
  expect(result).toMatchObject({ leaseId: expect.stringMatching(/^lsd_/) as string, releasedBy: 'us' });
  expect(await world.count('leased')).toBe(1);
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

describe('a step of provisionLease that runs again after the run of its number has closed', () => {
  /** Over soon. */
  const BRISK = { releasePolling: { initial: '1s', max: '1s' }, settleWindow: '1s' };

  test('has the answer of that run: a lease that is over already is not made again', async ({ open }) => {
    const faults = new Plan();
    const closed = new Gate();
    const world = await open({ faults, termination: AT_ONCE, interceptor: seesRunsAfter(closed) });
    await world.work();
    faults.on(ROUTE.lease, { phase: 'before', delayMs: 1_000 });
    const number = await world.freeNumber();
    const request = { reference: 'over', number, terminateAfterMessages: true, ...BRISK };
    const provision = await world.start(request);
    const lease = await firstRun(world, number);
    const { leaseId } = await lease.result();
    closed.open();
    expect((await provision.result()).leaseId).toBe(leaseId);
    expect(await world.count('leased')).toBe(1);
    expect(world.simulator.controls.calls()[ROUTE.lease]).toBe(1);
  });

  test('has the refusal of that run, and does not ask for the number again', async ({ open }) => {
    const faults = new Plan();
    const closed = new Gate();
    const world = await open({ faults, interceptor: seesRunsAfter(closed) });
    await world.work();
    faults.on(ROUTE.lease, { phase: 'before', delayMs: 1_000, status: 400 });
    const number = await world.freeNumber();
    const refused = failureOf(world.provision({ reference: 'refused', number, ...BRISK }));
    await (await firstRun(world, number)).result();
    closed.open();
    expect(await refused).toMatchObject({ type: 'NumberUnavailable' });
    expect(world.simulator.controls.calls()[ROUTE.lease]).toBe(1);
  });

  async function firstRun(world: World, number: string) {
    await world.soon('the run of the number', () => world.numbers.includes(number));
    return world.lease(number);
  }
});

class Gate {
  private free: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.free = resolve));

  open(): void {
    this.free();
  }
}

/** After its first look, which finds none, a step sees a number's run only when that one has closed. */
function seesRunsAfter({ opened }: Gate): WorkflowClientInterceptor {
  let looks = 0;
  return {
    describe: async (input, next) => {
      looks += 1;
      if (looks > 1) await opened;
      return next(input);
    },
  };
}
