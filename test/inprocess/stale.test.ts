import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

test('a read that still shows the number as it was before its lease is no proof of a release', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults, termination: { minMs: 60_000, maxMs: 60_000 } });
  await world.work();
  const { number } = (await world.freeNumbers())[0]!;
  const authorization = `Token ${world.simulator.apiKey}`;
  const before = await fetch(`${world.simulator.url}/numbers/${number}`, { headers: { authorization } });
  const body = await before.text();
  // The call to terminate is lost, and for three seconds reads are as old as that.
  faults.on(ROUTE.terminate, (call) => {
    const old = (now: { at: number }) =>
      now.at < call.at + 3_000 ? ({ phase: 'before', status: 200, body } as const) : undefined;
    faults.on(ROUTE.read, old, Infinity).on(ROUTE.leased, old, Infinity);
    return { phase: 'before', reset: true };
  });
  const lease = await world.leased({
    reference: 'as-before',
    number,
    terminateAfterMessages: true,
    releasePolling: { initial: '1s', max: '5s' },
  });
  const { leaseId, releasedBy, terminatedAt } = await lease.result();
  expect(releasedBy).toBe('us');
  expect(terminatedAt).not.toBeNull();
  // Not by the last look of all either, which would find the lease as well, and call it a late one.
  const told = (await lease.status()).log.map(({ text }) => text);
  expect(told.filter((text) => /^released:|acted late/.test(text))).toHaveLength(1);
  const { entries, open: held } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'terminate-requested')).toMatchObject([{ leaseId }]);
});
