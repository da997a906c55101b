/** `kill -9` of the Temporal server, whose state is on disk: the worker waits for it, and goes on by itself. */
import { testLives } from '../../support/crash.js';
import { blowAt, sample, TEMPORAL_POINTS } from '../../support/crash-points.js';

/** Longer than a worker repeats what it has to say: then it is lost, and has to be found out. */
const LONG_OUTAGE_MS = 45_000;
const SAID_IN_VAIN = ['lease and verify', 'send', 'terminate'].map(
  (step) => `${step}, before the server hears of it`,
);

/** The one that is left out is of test/server/kill.test.ts. */
const outages = [
  ...TEMPORAL_POINTS.filter(({ name }) => SAID_IN_VAIN.includes(name)).map((point) => ({
    ...point,
    name: `${point.name}, for long`,
    outageMs: LONG_OUTAGE_MS,
  })),
  ...sample(TEMPORAL_POINTS).others.map((point) => ({ ...point, outageMs: 0 })),
];

testLives(
  outages.map(({ name, spot, outageMs }) => ({
    name: `server killed: ${name}`,
    life: () => ({ struck: 'server', ...blowAt(spot), outageMs }),
  })),
);
