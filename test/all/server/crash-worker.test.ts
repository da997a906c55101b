/** `kill -9` of the worker at every boundary of a life changes nothing but time. */
import { expect, test } from 'vitest';
import { devWorld } from '../../support/dev-world.js';
import { LIFE, testLives } from '../../support/crash.js';
import {
  blowAt,
  sample,
  says,
  SLOW_TERMINATION,
  STEPS,
  TEMPORAL_POINTS,
  VENDOR_POINTS,
} from '../../support/crash-points.js';
import { TemporalProxy, type TemporalCall } from '../../support/temporal-proxy.js';
import { startWorkerProcess } from '../../support/worker-process.js';

/** What changes nothing at the server. */
const ONLY_LOOKS = /^(Poll|Describe|List|Get|ShutdownWorker|RecordWorkerHeartbeat)/;

testLives(
  [...sample(VENDOR_POINTS).others, ...TEMPORAL_POINTS].map(({ name, spot }) => ({
    name: `worker killed: ${name}`,
    life: () => ({ struck: 'worker', ...blowAt(spot) }),
  })),
);

test('no boundary of a life is left out', async () => {
  const asked = new Set<string>();
  const told: TemporalCall[] = [];
  const world = await devWorld({
    termination: SLOW_TERMINATION,
    faults: { decide: ({ route, nth }) => void asked.add(`${route} ${nth}`) },
  });
  const proxy = await TemporalProxy.open(world.namespace.address, (call) => {
    if (call.way === 'to the server' && !ONLY_LOOKS.test(call.method)) told.push(call);
    return 'pass';
  });
  const worker = await startWorkerProcess({ ...world.env, TEMPORAL_ADDRESS: proxy.address });
  const lease = await world.leasehold.provision({ reference: 'unharmed', ...LIFE });
  await lease.released();
  await worker.stop();
  proxy.close();

  const named = STEPS.flatMap(({ asks = [] }) => asks.map(({ route, nth }) => `${route} ${nth}`));
  const [, ...laterLooks] = [...asked].filter((call) => call.startsWith('GET /numbers/leased '));
  expect([...asked].filter((call) => !laterLooks.includes(call)).sort()).toEqual(named.sort());
  const stepsOf = (call: TemporalCall) =>
    STEPS.filter(({ tells }) => says(call, tells)).map(({ name }) => name);
  for (const call of told) expect(stepsOf(call), `${call.method}: ${call.carries}`).not.toEqual([]);
  expect(new Set(told.flatMap(stepsOf))).toEqual(new Set(STEPS.map(({ name }) => name)));
});
