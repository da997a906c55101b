/** A run whose worker has seen a termination before, and wakes it long before its first look. */
import { provision, record } from './recorder.js';

const SECOND_MS = 1_000;
const PATIENT = { terminateAfterMessages: true, releasePolling: { max: '30s' } };
const lag = (milliseconds: number) => ({ minMs: milliseconds, maxMs: milliseconds });

record('watched-early', { termination: lag(18 * SECOND_MS), watchEveryMs: SECOND_MS }, async (world) => {
  await (await provision(world, { ...PATIENT, reference: 'before' })).released();
  world.simulator.controls.setTermination(lag(SECOND_MS));
  await (await provision(world, PATIENT)).released();
});
