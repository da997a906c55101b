import { expect } from 'vitest';
import { test } from '../support/fixture.js';
import { failureOf } from '../support/harness.js';

/** What a program in any language may send, and the field that the answer must name. */
const WRONG: [string, unknown, string | undefined][] = [
  ['nothing', undefined, undefined],
  ['null', null, undefined],
  ['a text', 'campaign-42', undefined],
  ['a list', [], undefined],
  ['no reference', {}, 'reference'],
  ['a reference that is a number', { reference: 42 }, 'reference'],
  ['an empty reference', { reference: ' ' }, 'reference'],
  ['an unknown field', { reference: 'r', colour: 'red' }, 'colour'],
  ['an unknown field within', { reference: 'r', criteria: { color: 'red' } }, 'criteria.color'],
  ['a number that is not E.164', { reference: 'r', number: '0415 555 0123' }, 'number'],
  ['a number with a leading 0', { reference: 'r', number: '+0987654321' }, 'number'],
  ['number and criteria', { reference: 'r', number: '+14155550123', criteria: {} }, 'criteria'],
  ['a country that does not exist', { reference: 'r', criteria: { country: 'XX' } }, 'criteria.country'],
  ['a limit without a currency', { reference: 'r', limits: { maxMonthlyRate: 5 } }, 'limits.currency'],
  [
    'a negative limit',
    { reference: 'r', limits: { currency: 'USD', maxUpfrontFee: -1 } },
    'limits.maxUpfrontFee',
  ],
  ['a negative term', { reference: 'r', term: '-3 days' }, 'term'],
  ['a term without a unit', { reference: 'r', term: 3_600 }, 'term'],
  ['term and until', { reference: 'r', term: '1h', until: '2099-01-01T00:00:00Z' }, 'until'],
  ['until in the past', { reference: 'r', until: '2001-01-01T00:00:00Z' }, 'until'],
  ['until without a zone', { reference: 'r', until: '2099-01-01T00:00:00' }, 'until'],
  ['an unknown way to pay', { reference: 'r', billingMethod: 'yearly' }, 'billingMethod'],
  [
    'a recipient that is not E.164',
    { reference: 'r', messages: [{ id: 'a', to: '911', message: 'x' }] },
    'messages[0].to',
  ],
  [
    'one message id twice',
    {
      reference: 'r',
      messages: [
        { id: 'a', to: '+12025550123', message: 'x' },
        { id: 'a', to: '+12025550123', message: 'y' },
      ],
    },
    'messages[1].id',
  ],
  ['a poll without end', { reference: 'r', releasePolling: { backoff: 0.5 } }, 'releasePolling.backoff'],
];

test('a wrong request fails with its field named, and nothing is leased', async ({ open }) => {
  const world = await open();
  await world.work();
  for (const [what, input, field] of WRONG) {
    const provision = await world.startPlain(`provision/wrong: ${what}`, input);
    const failure = await failureOf(provision.result());
    expect([what, failure.type, failure.field]).toEqual([what, 'InvalidRequest', field]);
    expect(failure.message).toMatch(/^[^\n]{10,300}$/);
    expect(await provision.status()).toMatchObject({ state: 'failed', candidates: [], failure });
  }
  expect((await world.simulator.controls.ledger()).entries).toEqual([]);
  expect(world.simulator.controls.calls()).toEqual({});
});

test('a request that failed may be made again under its reference, one that did not has its answer', async ({
  open,
}) => {
  const world = await open({ entitlements: { lease: false } });
  await world.work();
  expect(await failureOf(world.provision({ reference: 'again' }))).toMatchObject({
    type: 'AccountRestricted',
  });
  world.simulator.controls.setEntitlement('lease', true);
  const leased = await world.provision({ reference: 'again' });
  expect(leased.reference).toBe('again');
  await expect(world.provision({ reference: 'again' })).rejects.toThrow(/already started/i);
});
