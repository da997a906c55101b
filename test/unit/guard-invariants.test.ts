import { describe, expect, test } from 'vitest';
import { guardViolations, type GuardEvidence } from '../../simulation/guard-invariants.js';
import { guardedLife, planGuards } from '../../simulation/guard-plan.js';
import type { LeaseRunSeen } from '../../simulation/invariants.js';
import { planSeed } from '../../simulation/plan.js';
import type { LeaseResult } from '../../domain/contract.js';
import { ledgerOf, type LedgerEntry } from '../../simulator/ledger.js';

const [ONE, TWO] = ['+14155550101', '+14155550102'];
const SKEW_MS = 60_000;

const leased = (number: string, at: number, by: 'us' | 'hand' = 'us'): LedgerEntry => ({
  ...{ kind: 'leased', at: at + SKEW_MS, number, leaseId: `lsd ${number}`, by, billingMethod: 'monthly' },
});
const ended = (kind: 'released' | 'terminate-requested', number: string, at: number): LedgerEntry => ({
  ...{ kind, at: at + SKEW_MS, number, leaseId: `lsd ${number}`, by: 'us' },
});

function runOf(number: string, closedAt: number, tenant = 'acme'): LeaseRunSeen {
  const acquired = { outcome: 'leased', lease: { leaseId: `lsd ${number}` } };
  const result = { labels: { tenant }, acquired } as unknown as LeaseResult;
  return {
    runId: `r ${number}`,
    number,
    provisionRunId: `p ${number}`,
    openedAt: 0,
    closedAt,
    status: 'COMPLETED',
    result,
  };
}

function evidence(entries: LedgerEntry[], more: Partial<GuardEvidence> = {}): GuardEvidence {
  const none = {
    figures: undefined,
    spared: [],
    adoptions: new Set<string>(),
    terminated: new Set<string>(),
  };
  const runs = [runOf(ONE, 9_000), runOf(TWO, 9_000)];
  return { ledger: ledgerOf(entries), skewMs: SKEW_MS, limits: {}, runs, ...none, ...more };
}

const TWO_AT_ONCE = [leased(ONE, 1_000), leased(TWO, 2_000), ended('released', ONE, 3_000)];
const ONE_BY_ONE = [leased(ONE, 1_000), ended('released', ONE, 2_000), leased(TWO, 2_000)];

describe('limits', () => {
  test('of the account count the leases that calls of ours made, at one moment', () => {
    const limits = { account: { maxLeases: 1 } };
    const over = ['the account held 2 leases, 1 are allowed'];
    expect(guardViolations(evidence(TWO_AT_ONCE, { limits }))).toEqual(over);
    expect(guardViolations(evidence(ONE_BY_ONE, { limits }))).toEqual([]);
    const byHand = [leased(ONE, 1_000), leased(TWO, 2_000, 'hand')];
    expect(guardViolations(evidence(byHand, { limits }))).toEqual([]);
  });

  test('of a label count the leases of the runs that carry it', () => {
    const limits = { labels: { tenant: { '*': { maxLeases: 1 } } } };
    const over = ['tenant=acme held 2 leases, 1 are allowed'];
    expect(guardViolations(evidence(TWO_AT_ONCE, { limits }))).toEqual(over);
    const runs = [runOf(ONE, 9_000), runOf(TWO, 9_000, 'globex')];
    expect(guardViolations(evidence(TWO_AT_ONCE, { limits, runs }))).toEqual([]);
  });

  test('leave an empty book', () => {
    const scope = { scope: 'account', leases: 0, monthly: {}, unpriced: 0 };
    expect(guardViolations(evidence([], { figures: { scopes: [scope] } }))).toEqual([]);
    const left = guardViolations(evidence([], { figures: { scopes: [{ ...scope, leases: 1 }] } }));
    expect(left).toEqual([expect.stringContaining('counts 1 leases of account') as string]);
  });
});

test.each(['protected', 'restored'] as const)('a lease is not given back while it is %s', (why) => {
  const spared = [{ number: ONE, leaseId: `lsd ${ONE}`, from: 1_000, until: 2_000, why }];
  const at = (instant: number) =>
    guardViolations(evidence([ended('terminate-requested', ONE, instant)], { spared }));
  expect(at(1_500)).toEqual([`lsd ${ONE} of ${ONE} was given back although it was ${why}`]);
  expect(at(900)).toEqual([]);
  expect(at(2_100)).toEqual([]);
});

test('a lease that was refused to whoever asked for it is for nobody to protect', () => {
  const spared = [
    { number: ONE, leaseId: `lsd ${ONE}`, from: 1_000, until: 2_000, why: 'protected' as const },
  ];
  const result = { leaseId: `lsd ${ONE}`, acquired: { outcome: 'refused' } } as unknown as LeaseResult;
  const given = ended('terminate-requested', ONE, 1_500);
  expect(guardViolations(evidence([given], { spared, runs: [{ ...runOf(ONE, 9_000), result }] }))).toEqual(
    [],
  );
});

test('a run that adopted a lease does not end before its release', () => {
  const adoptions = new Set([`p ${ONE}`]);
  const byHand = leased(ONE, 1_000, 'hand');
  const early = [`the run that adopted lsd ${ONE} of ${ONE} ended while it was leased`];
  expect(guardViolations(evidence([byHand], { adoptions }))).toEqual(early);
  const released = [byHand, ended('released', ONE, 8_000)];
  expect(guardViolations(evidence(released, { adoptions }))).toEqual([]);
});

test('some three of ten seeds have guards, each time the same; a life is guarded on top of what it was', () => {
  const seeds = Array.from({ length: 300 }, (_, seed) => seed);
  const guarded = seeds.filter((seed) => {
    const { lives, world } = planSeed(seed, 10);
    expect(planGuards(seed, lives, world.inventorySize)).toEqual(
      planGuards(seed, lives, world.inventorySize),
    );
    return planGuards(seed, lives, world.inventorySize) !== undefined;
  });
  expect(guarded.length).toBeGreaterThan(70);
  expect(guarded.length).toBeLessThan(110);
  const [life] = planSeed(1, 10).lives;
  expect(guardedLife(1, life!).request).toMatchObject(life!.request);
});
