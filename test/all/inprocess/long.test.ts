import { expect } from 'vitest';
import { NAMES, type LeaseMemo } from '../../../domain/contract.js';
import { leaseId } from '../../../domain/ids.js';
import { LEASE_NUMBER, LEASE_REFERENCE, LEASE_STATE } from '../../../domain/search-attributes.js';
import type { FaultPlan } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import type { LeaseHandle } from '../../support/harness.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TO = '+12025550123';

test('a release that takes five days goes on in new runs, which know all that the first one knew', async ({
  open,
}) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const lease = await world.leased({
    reference: 'endless',
    messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
    terminateAfterMessages: true,
  });
  const { client } = world.server;
  const number = (await lease.status()).number;
  const first = await client.workflow.getHandle(leaseId(number)).describe();
  for (let hours = 0; hours < 120; hours += 12) await world.server.sleep(12 * HOUR_MS);

  const later = await client.workflow.getHandle(leaseId(number)).describe();
  expect(later.runId).not.toBe(first.runId);
  expect(later.status.name).toBe('RUNNING');
  expect(later.historyLength).toBeLessThan(4_100);
  expect(later.memo).toEqual(first.memo);
  expect((later.memo as LeaseMemo | undefined)?.reference).toBe('endless');
  expect(later.typedSearchAttributes.get(LEASE_NUMBER)).toBe(number);
  expect(later.typedSearchAttributes.get(LEASE_STATE)).toBe('attention');

  // The message is remembered: its id is answered and not sent again.
  const again = await client.workflow
    .getHandle(leaseId(number))
    .executeUpdate(NAMES.send, { args: [{ id: 'm1', to: '+12025550123', message: 'Hello' }] });
  expect(again).toMatchObject({ id: 'm1', outcome: 'sent' });

  world.simulator.controls.setTermination({ minMs: 1_000, maxMs: 1_000 });
  const result = await lease.result();
  expect(result).toMatchObject({ reference: 'endless', releasedBy: 'us', counts: { sent: 1 } });
  expect(result.polls).toBeGreaterThan(600);
  expect(await world.texts()).toHaveLength(1);
}, 120_000);

test('an outage of two days costs no lease and no text', async ({ open }) => {
  let outage = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const faults: FaultPlan = {
    decide: ({ route, at }) => {
      if (at >= outage.from && at < outage.to) return { phase: 'before', status: 503 };
      // The last text before the outage goes out, and its answer is lost.
      if (route !== 'POST /send/text') return undefined;
      outage = { from: at, to: at + 2 * 24 * HOUR_MS };
      return { phase: 'after', reset: true };
    },
  };
  // Where its search was quicker than the outage, the provision asks its number's run hundreds of times.
  const world = await open({ faults, acquireWaitMs: 20 });
  await world.work();
  const lease = await world.leased({
    reference: 'before',
    messages: [{ id: 'm1', to: '+12025550123', message: 'Hello' }],
  });
  await world.textsOut(1);
  const provision = await world.start({ reference: 'during' });
  for (let hours = 0; hours < 50; hours += 5) await world.server.sleep(5 * HOUR_MS);

  const during = await provision.result();
  expect(during.reference).toBe('during');
  expect(await lease.status()).toMatchObject({ state: 'active', counts: { sent: 1, queued: 0 } });
  const { open: held } = await world.simulator.controls.ledger();
  expect(await world.texts()).toHaveLength(1);
  expect(held).toHaveLength(2);
}, 180_000);

test('a lease of hundreds of texts goes on in new runs and forgets nothing', async ({ open }) => {
  const world = await open();
  await world.work();
  const lease = await world.leased({
    reference: 'busy',
    messages: Array.from({ length: 720 }, (_, nth) => ({ id: `m${nth}`, to: TO, message: `text ${nth}` })),
    pacing: { perSecond: 100, burst: 1_000 },
    term: '1h',
  });
  const first = await kept(lease);
  await world.textsOut(720);
  const last = await kept(lease);
  expect(last.runId).not.toBe(first.runId);
  expect(last.memo).toEqual(first.memo);
  expect(last.attributes).toEqual(['active', lease.number, 'busy']);
  expect(await lease.send({ id: 'm3', to: TO, message: 'text 3' })).toMatchObject({ outcome: 'sent' });
  expect(await lease.send({ id: 'new', to: TO, message: 'one more' })).toMatchObject({ outcome: 'sent' });
  const result = await lease.result();
  expect(result).toMatchObject({ reason: 'expired', releasedBy: 'us', counts: { sent: 721, queued: 0 } });
  expect(result.messages).toHaveLength(100);
  expect(await world.texts()).toHaveLength(721);
});

test('one that took a day does not make the next one wait for a day', async ({ open }) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const stuck = await world.leased({ reference: 'stuck', terminateAfterMessages: true });
  await world.server.sleep(20 * HOUR_MS);
  world.simulator.controls.setTermination({ minMs: 5_000, maxMs: 5_000 });
  await stuck.result();
  const next = await world.leased({ reference: 'next', terminateAfterMessages: true });
  const { releasedAt, terminatedAt } = await next.result();
  expect(Date.parse(releasedAt!) - Date.parse(terminatedAt!)).toBeLessThanOrEqual(16 * MINUTE_MS);
});

/** What a run must keep when it goes on in a new one: whose it is, and what lists show. */
async function kept(lease: LeaseHandle) {
  const { memo, typedSearchAttributes, runId } = await lease.handle.describe();
  const attributes = [LEASE_STATE, LEASE_NUMBER, LEASE_REFERENCE].map((key) =>
    typedSearchAttributes.get(key),
  );
  return { memo, attributes, runId };
}
