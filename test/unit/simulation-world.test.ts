/** The worlds that seeds draw: each assumption up to its bound, the same world for the same seed. */
import { describe, expect, it, test } from 'vitest';
import { assumptionEvents } from '../../simulation/assumption-events.js';
import { ALL_ASSUMPTIONS, OF_A_REAL_SERVER, stretched } from '../../simulation/assumptions.js';
import { drawWorld } from '../../simulation/draw-world.js';
import type { LeaseRunSeen } from '../../simulation/invariants.js';
import { OptOuts } from '../../simulation/opt-outs.js';
import { planSeed } from '../../simulation/plan.js';
import { PROFILES, profileOf, type ProfileName } from '../../simulation/profiles.js';
import { everyFault } from '../../simulator/fault-kinds.js';
import { ledgerOf, type LedgerEntry } from '../../simulator/ledger.js';

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);

describe('a world', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(drawWorld(7, 'drawn')).toEqual(drawWorld(7, 'drawn'));
    const worlds = SEEDS.map((seed) => JSON.stringify([...drawWorld(seed, 'drawn').stretched]));
    expect(new Set(worlds).size).toBeGreaterThan(100);
  });

  it('stretches each assumption in a fifth of the seeds or more, but none that needs a real server', () => {
    const worlds = Array.from({ length: 5_000 }, (_, seed) => stretched(seed, 'drawn')); // encryption comes in blocks
    for (const name of ALL_ASSUMPTIONS) {
      const share = worlds.filter((world) => world.has(name)).length / worlds.length;
      if (OF_A_REAL_SERVER.includes(name)) expect(share, name).toBe(0);
      else expect(share, name).toBeGreaterThan(0.15);
      expect(share, name).toBeLessThan(0.4);
    }
  });

  it('keeps to the bounds of its assumptions, and comes near them', () => {
    const worlds = SEEDS.map((seed) => drawWorld(seed, 'drawn'));
    const workers = worlds.flatMap(({ workerClocksMs }) => workerClocksMs.map(Math.abs));
    expect(Math.max(...workers)).toBeLessThanOrEqual(10_000);
    expect(Math.max(...workers)).toBeGreaterThan(9_000);
    const vendors = worlds.map(({ simulator }) => Math.abs(simulator.clockSkewMs ?? 0));
    expect(Math.max(...vendors)).toBeLessThanOrEqual(600_000);
    expect(Math.max(...vendors)).toBeGreaterThan(540_000);
    for (const { requestLimitMs = 0, simulator } of worlds) {
      if (requestLimitMs === 0) continue;
      expect(Math.max(...Object.values(simulator.answerTimes ?? {}))).toBeLessThanOrEqual(requestLimitMs);
    }
  });

  it('is an ordinary one where nothing is stretched, and nothing happens in it', () => {
    const { stretched: none, simulator, workerClocksMs } = drawWorld(7, []);
    expect([...none, ...Object.keys(simulator.answerTimes ?? {})]).toEqual([]);
    expect(workerClocksMs).toEqual([0, 0]);
    expect(assumptionEvents(7, planSeed(7, 10).lives, none)).toEqual([]);
  });
});

test.each(Object.keys(PROFILES) as ProfileName[])('the profile %s has faults to draw from', (name) => {
  const { only, faults } = profileOf(name);
  if (faults === 'none') return;
  expect(everyFault().filter((fault) => !only || only.test(fault)).length).toBeGreaterThan(0);
});

describe('after STOP', () => {
  const NUMBER = '+14155550101';
  const RECIPIENT = '+12025550101';
  const TAKEN_AT = 100_000;
  const word = { number: NUMBER, recipient: RECIPIENT, out: true, writtenAt: TAKEN_AT - 1_000 };
  const run = (openedAt: number): LeaseRunSeen => ({
    ...{ runId: 'r', number: NUMBER, provisionRunId: 'p', openedAt },
    ...{ closedAt: undefined, status: 'RUNNING', result: undefined },
  });
  const textAt = (at: number): LedgerEntry => ({
    ...{ kind: 'text', at, number: NUMBER, leaseId: 'l', usedNumber: NUMBER },
    ...{ messageId: 't', to: RECIPIENT, message: 'm' },
  });
  const verdict = (openedAt: number, at: number, undoneAt?: number): string[] => {
    const optOuts = new OptOuts();
    optOuts.note(word).taken(TAKEN_AT);
    if (undoneAt !== undefined) optOuts.note({ ...word, out: false, writtenAt: undoneAt }).taken(undoneAt);
    return optOuts.violations(ledgerOf([textAt(at)]), [run(openedAt)], 0);
  };

  it('no text goes out by the run that knew', () => {
    expect(verdict(0, TAKEN_AT + 60_000)).toEqual([
      `message m of ${NUMBER} went out after its recipient said STOP`,
    ]);
  });

  it('one may that was on its way, or whose run began later, or after START', () => {
    expect(verdict(0, TAKEN_AT + 30_000)).toEqual([]);
    expect(verdict(TAKEN_AT + 1, TAKEN_AT + 60_000)).toEqual([]);
    expect(verdict(0, TAKEN_AT + 60_000, TAKEN_AT + 50_000)).toEqual([]);
  });
});
