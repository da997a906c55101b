/** Fleets of the simulation in real time: faulty calls, cancels, adoptions, limits; then the ledger against the promise. */
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { Fleet, type SeedReport } from '../../simulation/fleet.js';
import { realPlace } from '../../simulation/places.js';
import { SHOWS } from '../../simulation/shows.js';
import { Stage } from '../../simulation/stage.js';
import { devServer, WORKFLOW_BUNDLE } from '../support/servers.js';
import { tell } from '../support/tell.js';

// Calls that fail are the point, and each is worth a warning to a worker.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

const LIVES = 10;
/** Side by side, as they mostly wait. The second has limits and guards. */
const SEEDS = [1, 2, 3];

async function play(seed: number): Promise<SeedReport> {
  const opened = await Stage.open({ bundle: WORKFLOW_BUNDLE }, await realPlace(devServer().address));
  try {
    return await Fleet.run(opened.stage, SHOWS.product, {
      seed,
      lives: LIVES,
      profile: 'rough',
      guards: true,
    });
  } finally {
    await opened.close();
  }
}

test(
  'fleets against a faulty API keep the promise on a real server',
  async () => {
    const reports = await Promise.all(SEEDS.map(play));
    for (const { seed, leases, texts, faults, violations } of reports) {
      const hits = Object.values(faults).reduce((sum, count) => sum + count, 0);
      tell(`seed ${seed}: ${leases} leases, ${texts} texts, ${hits} faults`);
      expect(violations).toEqual([]);
      expect(leases).toBeGreaterThan(0);
      expect(hits).toBeGreaterThan(0);
    }
    expect(reports.some(({ guarded }) => guarded)).toBe(true);
    expect(reports.some(({ texts }) => texts > 0)).toBe(true);
  },
  15 * 60_000,
);
