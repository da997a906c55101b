/** The simulation's own check: a run is known from when its start is answered, and that may be long after it has begun. */
import { expect } from 'vitest';
import { Fleet } from '../../../simulation/fleet.js';
import { timeSkippingPlace } from '../../../simulation/places.js';
import { ProductLives } from '../../../simulation/product-lives.js';
import { SHOWS, type Show } from '../../../simulation/shows.js';
import { Stage } from '../../../simulation/stage.js';
import { test } from '../../support/fixture.js';
import { WORKFLOW_BUNDLE } from '../../support/servers.js';

/** Lives for two days, unless told to give back. */
const SEED = 5002;

/** As if no start had been answered before the end. */
const neverAnswered: Show = {
  ...SHOWS.product,
  begin: (stage, setup) => {
    const { activities } = SHOWS.product.begin(stage, setup);
    return { lives: new ProductLives(stage.client({}), stage.taskQueue, new Map()), activities };
  },
};

test('a run whose start was never answered is told to give its number back as well', async ({ server }) => {
  const opened = await Stage.open({ bundle: WORKFLOW_BUNDLE }, await timeSkippingPlace(() => undefined));
  try {
    const options = { seed: SEED, lives: 10, profile: 'none', guards: false } as const;
    const played = () => Fleet.run(opened.stage, neverAnswered, options);
    const { violations, leases } = await (server.soundness?.unlessSpoilt(played) ?? played());
    expect(leases).toBeGreaterThan(0);
    expect(violations.filter((words) => words.includes('still leased'))).toEqual([]);
  } finally {
    await opened.close();
  }
});
