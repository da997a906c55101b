/** A number's run while its worker looks for the release on its behalf. */
import { leaseId } from '../../../domain/ids.js';
import { WAKE } from '../../../domain/lease-input.js';
import { until } from '../../support/dev-world.js';
import { provision, record } from './recorder.js';

const SECOND_MS = 1_000;
const WATCHING = { watchEveryMs: SECOND_MS };
const PATIENT = { terminateAfterMessages: true, releasePolling: { max: '30s' } };
const lag = { minMs: 14 * SECOND_MS, maxMs: 14 * SECOND_MS };

record('watched-then-released', { termination: lag, ...WATCHING }, async (world) => {
  await (await provision(world, PATIENT)).released();
});

record('watched', { termination: 'never', ...WATCHING }, async (world) => {
  const lease = await provision(world, PATIENT);
  const looks = (times: number) =>
    until(
      `it has looked ${times} times`,
      () => lease.status(),
      ({ polls }) => polls === times,
    );
  await looks(1);
  await world.client.workflow.getHandle(leaseId(lease.number)).signal(WAKE);
  await looks(2);
});
