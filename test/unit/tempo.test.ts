import { expect, test } from 'vitest';
import { parseDuration } from '../../domain/duration.js';
import { parseProvisionRequest } from '../../domain/request.js';
import { seededFaults } from '../../simulator/fault-profiles.js';
import type { Fault } from '../../simulator/faults.js';
import { guardedLife, planGuards } from '../../simulation/guard-plan.js';
import { planSeed } from '../../simulation/plan.js';
import { BRISK } from '../../simulation/tempo.js';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);
const THREE_MINUTES_MS = 180_000;
const SETTLE_MS = 4_000;

test('a brisk seed is over within minutes, and every request of it is one that may be asked', () => {
  for (const seed of SEEDS) {
    const plan = planSeed(seed, 10);
    const guarded = { ...plan, lives: plan.lives.map((life) => guardedLife(seed, life)) };
    const { lives, events, world } = BRISK.plan(guarded);
    for (const { request } of lives) expect(parseProvisionRequest(request)).toEqual(request);
    for (const { atMs } of [...lives, ...events]) expect(atMs).toBeLessThan(THREE_MINUTES_MS);
    expect(world.termination.maxMs).toBeLessThan(60_000);
    expect(world.historyLagMs).toBeLessThan(SETTLE_MS);
  }
});

test('what guards a brisk life comes as early, and its terms are as short', () => {
  const plans = SEEDS.map((seed) => planGuards(seed, planSeed(seed, 10).lives, 40)).filter((plan) => !!plan);
  const events = plans.flatMap((plan) => BRISK.guards(plan).events);
  const terms = events.flatMap((event) => (event.kind === 'adopt' ? [parseDuration(event.terms.term)] : []));
  expect(Math.max(...events.map(({ atMs }) => atMs))).toBeLessThan(THREE_MINUTES_MS);
  expect(new Set(terms)).toEqual(new Set([undefined, 15_000]));
});

test('brisk faults are late, old and far off by less than the settle window, and as many', () => {
  const at = Date.UTC(2026, 0, 1);
  const [planned, brisk] = [seededFaults(1, 'storm'), seededFaults(1, 'storm')];
  const faults = BRISK.faults(brisk);
  const drawn: Fault[] = [];
  for (let nth = 1; nth <= 2_000; nth += 1) {
    const call = { route: 'POST /numbers/lease/{number}', number: '+14155550101', nth, at };
    const fault = faults.decide(call);
    expect(fault?.kind).toBe(planned.decide(call)?.kind);
    if (fault) drawn.push(fault);
  }
  const late = drawn.flatMap(({ lateMs }) => lateMs ?? []);
  expect(Math.max(...late)).toBeLessThan(SETTLE_MS);
  const waits = drawn.flatMap(({ headers }) => headers?.['retry-after'] ?? []);
  const waitMs = waits.map((wait) =>
    Number.isNaN(Number(wait)) ? Date.parse(wait) - at : Number(wait) * 1_000,
  );
  expect(Math.max(...waitMs.filter((wait) => !Number.isNaN(wait)))).toBe(2_000);
  expect(brisk.counts()).toEqual(planned.counts());
});
