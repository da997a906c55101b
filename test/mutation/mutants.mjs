/**
 * Parts of the protocol, each taken out on purpose, and the test that must notice. `find` is the exact text of the
 * source and stands there once; `test` is the full name, with the names of its describe blocks before it. One with `seed`,
 * `profile` and `lives` is noticed by that seed of the simulation.
 */
import { ON_CALLS } from './calls.mjs';
import { ON_DELIVERIES_AND_TRACES } from './deliveries.mjs';
import { ON_PROVISIONS } from './provisions.mjs';
import { ON_RECONCILING } from './reconcile.mjs';
import { ON_RUNS } from './runs.mjs';
import { ON_RELEASES } from './releases.mjs';
import { FOUND_BY_SEEDS } from './simulated.mjs';
import { ON_TEXTS_AND_ACCOUNTS } from './texts-and-accounts.mjs';

export const MUTANTS = [
  ...ON_CALLS,
  ...ON_RELEASES,
  ...ON_PROVISIONS,
  ...ON_TEXTS_AND_ACCOUNTS,
  ...ON_RECONCILING,
  ...ON_RUNS,
  ...ON_DELIVERIES_AND_TRACES,
  ...FOUND_BY_SEEDS,
];
