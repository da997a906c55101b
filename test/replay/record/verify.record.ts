/** Runs whose number does not show its lease at once. */
import { ROUTE } from '../../support/plan.js';
import { faulty, giveBack, provision, record } from './recorder.js';

const TOO_EARLY = { phase: 'before', status: 404 } as const;

/** The answer takes longer than the settle window. */
record('verify-slow', { faults: faulty(ROUTE.read, { ...TOO_EARLY, delayMs: 1_500 }) }, async (world) => {
  await giveBack(await provision(world));
});

record('verify-lags', { faults: faulty(ROUTE.read, TOO_EARLY, 2) }, async (world) => {
  await giveBack(await provision(world, { settleWindow: '20s' }));
});
