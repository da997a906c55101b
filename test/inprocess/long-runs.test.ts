import { expect } from 'vitest';
import { LEASE_NUMBER, LEASE_REFERENCE, LEASE_STATE } from '../../domain/search-attributes.js';
import { test } from '../support/fixture.js';
import type { LeaseHandle } from '../support/harness.js';

const TO = '+12025550123';
const DAY_MS = 24 * 3_600_000;

/** What a run must keep when it goes on in a new one: whose it is, and what lists show. */
async function kept(lease: LeaseHandle) {
  const { memo, typedSearchAttributes, runId } = await lease.handle.describe();
  const attributes = [LEASE_STATE, LEASE_NUMBER, LEASE_REFERENCE].map((key) =>
    typedSearchAttributes.get(key),
  );
  return { memo, attributes, runId };
}

test('a lease of hundreds of texts goes on in new runs and forgets nothing', async ({ open }) => {
  const world = await open();
  await world.work();
  const messages = Array.from({ length: 900 }, (_, index) => ({
    id: `m${index}`,
    to: TO,
    message: `text ${index}`,
  }));
  const lease = await world.leased({
    reference: 'busy',
    messages,
    pacing: { perSecond: 100, burst: 1_000 },
    term: '1h',
  });
  const first = await kept(lease);
  await world.later('all texts', 1_000, async () => (await lease.status()).counts.sent === 900);
  const last = await kept(lease);
  expect(last.runId).not.toBe(first.runId);
  expect(last.memo).toEqual(first.memo);
  expect(last.attributes).toEqual(['active', lease.number, 'busy']);
  expect(await lease.send({ id: 'm3', to: TO, message: 'text 3' })).toMatchObject({ outcome: 'sent' });
  expect(await lease.send({ id: 'new', to: TO, message: 'one more' })).toMatchObject({ outcome: 'sent' });
  const result = await lease.result();
  expect(result).toMatchObject({ reason: 'expired', releasedBy: 'us', counts: { sent: 901, queued: 0 } });
  expect(result.messages).toHaveLength(100);
  const { entries } = await world.simulator.controls.ledger();
  expect(entries.filter(({ kind }) => kind === 'text')).toHaveLength(901);
});

test('a release that takes a month is waited for in runs that stay short', async ({ open }) => {
  const world = await open({ termination: 'never' });
  await world.work();
  const releasePolling = { max: '1h', escalateAfter: '1 day' };
  const lease = await world.leased({ reference: 'month', releasePolling });
  const first = await kept(lease);
  await lease.terminate();
  await world.server.sleep(30 * DAY_MS);
  const last = await kept(lease);
  expect(last.runId).not.toBe(first.runId);
  expect(last.memo).toEqual(first.memo);
  expect(last.attributes).toEqual(['attention', lease.number, 'month']);
  expect((await lease.handle.describe()).historyLength).toBeLessThan(4_100);
  const { polls, log } = await lease.status();
  expect(polls).toBeGreaterThan(600);
  expect(log.length).toBeLessThanOrEqual(100);
  world.simulator.controls.setTermination({ minMs: 60_000, maxMs: 60_000 });
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
});
