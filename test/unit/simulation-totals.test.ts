import { expect, test } from 'vitest';
import type { SeedReport } from '../../simulation/fleet.js';
import { NO_LOSSES } from '../../simulation/losses.js';
import { lossTable, Totals } from '../../simulation/totals.js';

const REPORT: SeedReport = {
  seed: 7,
  violations: [],
  story: new Map(),
  leases: 9,
  texts: 4,
  simulatedMs: 86_400_000,
  spoilt: 1,
  faults: { 'GET /numbers | before | 500': 2 },
  stretched: ['lease times'],
  losses: { ...NO_LOSSES, unserved: 1 },
  guarded: { seeds: 1, protected: 0, restored: 0, adopted: 0, refused: 3 },
};

test('the totals of a run are the sums over its seeds', () => {
  const totals = new Totals();
  totals.add(REPORT);
  totals.add({ ...REPORT, violations: ['an orphan'] });

  expect(totals.inWords()).toMatch(
    /^2 seeds in .*: 18 leases, 8 texts, 4 faults, 2 simulated days; 1 seeds with violations; 2 plays were spoilt/,
  );
  expect(totals.guardsInWords()).toMatch(/^2 seeds with limits and guards: 6 numbers refused/);
  expect(totals.faultTable()).toMatch(/GET \/numbers +│ before +│ 500 +│ 4 /);
  expect(totals.rarest, 'a fault that never happened').toBe(0);
  expect(lossTable({ product: totals })).toMatch(/lives without a number +│ 2 /);
});
