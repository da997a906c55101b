import { describe, expect } from 'vitest';
import type { Criteria } from '../../../domain/contract.js';
import type { NumberRecord } from '../../../domain/number-record.js';
import { test } from '../../support/fixture.js';
import { failureOf } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

test('a number that another account takes between search and lease gives way to the next', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  const taken: string[] = [];
  faults.meanwhile(
    ROUTE.lease,
    ({ number = '' }) => world.simulator.controls.leaseByOther((taken.push(number), number)),
    3,
  );
  const provision = await world.start({ reference: 'outrun' });
  const leased = await provision.result();
  expect(taken).toHaveLength(3);
  expect(taken).not.toContain(leased.number);
  const { candidates } = await provision.status();
  expect(candidates.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused', 'leased']);
  expect(candidates[0]?.failure).toMatchObject({ type: 'NumberUnavailable' });
  const lost = await world.lease(taken[0]!).result();
  expect(lost).toMatchObject({
    leaseId: null,
    terminatedAt: null,
    releasedAt: null,
    releasedBy: null,
    polls: 0,
  });
});

test('offers that are seconds old when their first number is taken are not tried: it searches again', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, ({ number = '' }) => {
    void world.simulator.controls.leaseByOther(number);
    return { phase: 'before', delayMs: 4_000 };
  });
  const leased = await (await world.start({ reference: 'overtaken' })).result();
  expect(leased.number).toBeTypeOf('string');
  expect(world.simulator.controls.calls()).toMatchObject({ [ROUTE.find]: 2, [ROUTE.lease]: 2 });
});

test('a named number that is taken in between ends the request', async ({ open }) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.meanwhile(ROUTE.lease, ({ number = '' }) => world.simulator.controls.leaseByOther(number));
  const [free] = await world.freeNumbers();
  const failure = await failureOf(world.provision({ reference: 'outrun-named', number: free!.number }));
  expect(failure.type).toBe('NumberUnavailable');
  expect(failure.message).toContain(free!.number);
});

test('no number is to be had', async ({ open }) => {
  const empty = await open({ inventorySize: 0 });
  await empty.work();
  expect(await failureOf(empty.provision({ reference: 'none-at-all' }))).toMatchObject({
    type: 'NoNumberAvailable',
  });
  const world = await open();
  await world.work();
  const nowhere = world.provision({ reference: 'none-there', criteria: { country: 'IS' } });
  expect(await failureOf(nowhere)).toMatchObject({ type: 'NoNumberAvailable' });
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
});

test('a number that is unknown, taken or leased by the account itself is not to be had', async ({ open }) => {
  const world = await open();
  await world.work();
  const [mine, theirs] = await world.freeNumbers();
  await world.simulator.controls.leaseByHand(mine!.number);
  await world.simulator.controls.leaseByOther(theirs!.number);
  const says = async (number: string) => failureOf(world.provision({ reference: `want ${number}`, number }));
  expect(await says('+15550001111')).toMatchObject({ type: 'NumberUnavailable', field: 'number' });
  expect(await says(theirs!.number)).toMatchObject({ type: 'NumberUnavailable', field: 'number' });
  const held = await says(mine!.number);
  expect(held).toMatchObject({ type: 'NumberUnavailable' });
  expect(held.message).toContain('the account leases it already');
  const { entries } = await world.simulator.controls.ledger();
  expect(entries.filter((entry) => entry.kind === 'leased' && entry.by === 'us')).toEqual([]);
});

describe('each criterion reaches a number that meets it', () => {
  const cases: [Criteria, (record: NumberRecord) => boolean][] = [
    [{ country: 'gb' }, ({ location }) => location.country === 'GB'],
    [{ region: 'CA', country: 'US' }, ({ location }) => location.region === 'CA'],
    [{ city: 'Berlin' }, ({ location }) => location.city === 'Berlin'],
    [{ areaCode: '212' }, ({ number }) => number.startsWith('+1212')],
    [{ channels: ['sms', 'rcs'] }, ({ channels }) => channels.includes('sms') && channels.includes('rcs')],
    [{ carrier: 'Verizon' }, ({ carrier }) => carrier === 'Verizon'],
    [{ minReputation: 0.9 }, ({ reputation }) => reputation >= 0.9],
    [{ intlSms: true }, ({ intlSms }) => intlSms],
    [{ allowRequirements: [] }, ({ requirements }) => requirements.length === 0],
    [
      { channels: ['imessage'], allowRequirements: ['imessage_entitlement_required'] },
      ({ channels }) => channels.includes('imessage'),
    ],
  ];
  test('one after the other', async ({ open }) => {
    const world = await open({ entitlements: { imessage: true } });
    await world.work();
    const api = world.api();
    for (const [criteria, meets] of cases) {
      const { number } = await world.provision({ reference: JSON.stringify(criteria), criteria });
      const { data } = await api.lease.get(number);
      expect([criteria, meets(data)]).toEqual([criteria, true]);
    }
    await api.close();
  });
});
