import { configDefaults, defineConfig } from 'vitest/config';
import { SPOILT } from './test/support/spoilt.js';

/**
 * One project a tier, by folder. Each brings up only the servers that it needs, so `npm test -- test/unit` needs none.
 * `scripts/test.mjs` chooses among them: `npm test` runs all but those of test/all, `npm run test:all` runs them too.
 * A shell that points at a Temporal cluster or holds a vendor's key must not lend them to a test: the live tier alone
 * talks to the vendor, and only when asked.
 */
const live = process.env.LEASEHOLD_LIVE === '1';
const OTHERS = live
  ? ['TEMPORAL_', 'OTEL_']
  : ['TEMPORAL_', 'OTEL_', 'CONTIGUITY_', 'LEASEHOLD_TASK_QUEUE', 'LEASEHOLD_ENCRYPTION_'];
for (const name of Object.keys(process.env)) {
  if (OTHERS.some((prefix) => name.startsWith(prefix))) Reflect.deleteProperty(process.env, name);
}

/** What takes too long for every run: `npm run test:long`. */
const long = process.env.LEASEHOLD_LONG === '1';

/** The server tier on a cluster with PostgreSQL, and what only that is asked: `npm run test:cluster`. */
const cluster = process.env.LEASEHOLD_CLUSTER === '1';

/** Where CI wants the counts. */
const report = process.env.LEASEHOLD_TEST_REPORT;

const SECONDS = 1000;
const timeouts = (seconds: number) => ({ testTimeout: seconds * SECONDS, hookTimeout: seconds * SECONDS });
const recording = process.env.LEASEHOLD_RECORD !== undefined;
/** A test that its server spoilt says nothing of the product, and is played again on another server. */
const retry = { count: 3, condition: new RegExp(SPOILT) };
const tier = (name: string, seconds: number, globalSetup: string[] = []) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup,
    retry,
    // Half of what a file takes may be loading the SDKs, so the files that a fork plays share them.
    isolate: long,
    ...timeouts(seconds),
  },
});

const BUILD = 'test/support/servers-build.ts';
const TIME_SKIPPING = 'test/support/servers-time-skipping.ts';
/** Not tests, but the histories that the replay tier is made of: `npm test -- --record`. */
const recorder = {
  extends: true as const,
  test: {
    name: 'record',
    include: ['test/replay/record/*.record.ts'],
    globalSetup: ['test/support/servers-record.ts'],
    ...timeouts(120),
  },
};

const DEV_SERVER = 'test/support/servers-dev.ts';
type Tier = ReturnType<typeof tier>;
const inTurn = ({ extends: base, test }: Tier, groupOrder: number, maxWorkers: number) => ({
  extends: base,
  test: { ...test, maxWorkers, sequence: { groupOrder } },
});
/** After the in-process tests: the server tests wait in real time, more than they compute, and the others fill the gaps. */
const fourAtOnce = (its: Tier) => inTurn(its, 1, 4);
const onDevServer = (name: string) => tier(name, 240, [BUILD, DEV_SERVER]);
const onCluster = {
  extends: true as const,
  test: {
    name: 'cluster',
    include: ['test/server', 'test/all/server', 'test/cluster'].map((folder) => `${folder}/**/*.test.ts`),
    globalSetup: [BUILD, 'test/support/servers-cluster.ts'],
    ...timeouts(240),
  },
};
const noBrowser = process.env.LEASEHOLD_NO_BROWSER !== undefined;
const inProcess = [
  tier('inprocess', 180, [BUILD, TIME_SKIPPING]),
  tier('all/inprocess', 180, [BUILD, TIME_SKIPPING]),
];
const usual = [
  fourAtOnce(tier('unit', 20)),
  fourAtOnce(tier('replay', 60, [BUILD])),
  ...(process.env.LEASEHOLD_NO_TIME_SKIPPING === undefined ? inProcess : []),
  fourAtOnce(onDevServer('server')),
  // A file that kills lives many of them at once: with four such files Temporal's tasks run into their time limits.
  inTurn(onDevServer('all/server'), 2, 3),
];

export default defineConfig({
  test: {
    pool: 'forks',
    // Each fork holds a Temporal worker with its own V8 isolates: more of them than cores only makes them slow.
    // What measures rates needs the machine for itself.
    maxWorkers: long ? 1 : 2,
    restoreMocks: true,
    exclude: [...configDefaults.exclude, ...(noBrowser ? ['**/browser-*.test.ts'] : [])],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: live
      ? [tier('live', 120)]
      : long
        ? [tier('long', 3_600, [BUILD, TIME_SKIPPING, DEV_SERVER])]
        : cluster
          ? [onCluster]
          : recording
            ? [recorder]
            : usual,
  },
});
