import { expect } from 'vitest';
import {
  LEASE_EXPIRES_AT,
  LEASE_LABELS,
  LEASE_MONTHLY_RATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_STATE,
} from '../../domain/search-attributes.js';
import { test } from '../support/fixture.js';
import type { LeaseHandle } from '../support/harness.js';

const MESSAGE = { id: 'm1', to: '+12025550123', message: 'Hello' };
const SOME = expect.any(String) as string;
const INSTANT = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/) as string;
const HALF_AN_HOUR = { minMs: 1_800_000, maxMs: 1_800_000 };

test('a number is found, leased, verified, sent from, terminated and proven released', async ({ open }) => {
  const world = await open();
  await world.work();
  const leased = await world.provision({
    reference: 'one-shot',
    messages: [MESSAGE],
    terminateAfterMessages: true,
  });
  const result = await world.lease(leased.number).result();
  expect(result).toEqual({
    number: leased.number,
    leaseId: leased.leaseId,
    reference: 'one-shot',
    messages: [{ id: 'm1', to: MESSAGE.to, outcome: 'sent', messageId: SOME }],
    counts: { queued: 0, sent: 1, unknown: 0, refused: 0 },
    terminatedAt: INSTANT,
    releasedAt: INSTANT,
    releasedBy: 'us',
    reason: 'all messages are sent',
    polls: expect.any(Number) as number,
    acquired: { outcome: 'leased', lease: leased },
  });
  const { open: held, entries } = await world.simulator.controls.ledger();
  expect(held).toEqual([]);
  expect(entries.map(({ kind }) => kind)).toEqual([
    'leased',
    'charge',
    'charge',
    'text',
    'terminate-requested',
    'released',
  ]);
});

test('the answer of a provision and its status', async ({ open }) => {
  const world = await open();
  await world.work();
  const provision = await world.start({ reference: 'answer' });
  const leased = await provision.result();
  expect(leased).toEqual({
    reference: 'answer',
    number: expect.stringMatching(/^\+[1-9]\d{6,14}$/) as string,
    leaseId: expect.stringMatching(/^lsd_/) as string,
    status: 'active',
    billing: {
      method: 'monthly',
      price: {
        currency: 'USD',
        monthlyRate: expect.any(Number) as number,
        upfrontFee: expect.any(Number) as number,
      },
      period: { start: INSTANT, end: null },
    },
    leasedAt: INSTANT,
  });
  const { candidates, ...status } = await provision.status();
  expect(status).toEqual({ state: 'leased', number: leased.number });
  expect(candidates.at(-1)).toEqual({ number: leased.number, outcome: 'leased' });
});

test('from status, details and search attributes a reader can tell what a lease is doing, and why', async ({
  open,
}) => {
  const world = await open({ termination: HALF_AN_HOUR });
  await world.work();
  const labels = { tenant: 'acme' };
  const lease = await world.leased({ reference: 'told', term: '1h', messages: [MESSAGE], labels });
  await world.soon('the text', async () => (await lease.status()).counts.sent === 1);
  const active = await lease.status();
  expect(active).toMatchObject({
    state: 'active',
    reference: 'told',
    number: lease.number,
    labels,
    polls: 0,
  });
  expect(active.nextWake).toEqual({ at: active.expiresAt, why: 'the lease expires' });
  expect(active.log.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^leased as lsd_/),
    'verified: the lease is active',
    'message m1: sent',
  ]);
  expect(await attributes(lease)).toEqual({
    state: 'active',
    number: lease.number,
    reference: 'told',
    expiresAt: active.expiresAt,
    monthlyRate: active.billing!.price!.monthlyRate,
    labels: ['tenant=acme'],
  });
  const details = await detailsOf(lease);
  for (const word of [
    lease.number,
    'told',
    'active',
    '1 sent',
    active.expiresAt!,
    'the lease expires',
    'a month',
    'tenant=acme',
  ]) {
    expect(details).toContain(word);
  }
  await lease.terminate('enough');
  await world.server.sleep(60_000);
  const ending = await lease.status();
  expect(ending.state).toBe('terminating');
  expect(ending.nextWake!.why).toBe(`looking whether ${lease.number} is released`);
  expect(Date.parse(ending.nextWake!.at)).toBeGreaterThan(await world.server.now());
  expect(await attributes(lease)).toMatchObject({ state: 'terminating' });
  expect(await detailsOf(lease)).toContain('ending: enough');
  await world.server.sleep(1_800_000);
  await lease.result();
  expect(await attributes(lease)).toMatchObject({ state: 'released' });
});

async function attributes({ handle }: LeaseHandle) {
  const { typedSearchAttributes: given } = await handle.describe();
  return {
    state: given.get(LEASE_STATE),
    number: given.get(LEASE_NUMBER),
    reference: given.get(LEASE_REFERENCE),
    expiresAt: given.get(LEASE_EXPIRES_AT)?.toISOString(),
    monthlyRate: given.get(LEASE_MONTHLY_RATE),
    labels: given.get(LEASE_LABELS),
  };
}

/** What the Temporal UI shows as the current details of a run. */
async function detailsOf({ handle }: LeaseHandle): Promise<string> {
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
}
