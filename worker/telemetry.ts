import { Client } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import {
  makeTelemetryFilterString,
  Runtime,
  type NativeConnection,
  type TelemetryOptions,
} from '@temporalio/worker';
import type { CallSeen, Pace } from '../contiguity/index.js';
import { NAMES } from '../domain/contract.js';
import { OPEN_RUNS } from '../domain/run-status.js';
import { stalledRuns } from '../client/stalled.js';
import { ConfigError } from './config.js';

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3_600;
const BUCKETS = {
  leasehold_time_to_lease_seconds: [0.1, 0.25, 0.5, SECOND, 2.5, 5, 10, 30, MINUTE, 5 * MINUTE, HOUR],
  leasehold_time_to_release_seconds: [
    5,
    15,
    30,
    MINUTE,
    150,
    300,
    600,
    900,
    1_800,
    HOUR,
    6 * HOUR,
    24 * HOUR,
  ],
  leasehold_api_call_seconds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, SECOND, 2.5, 5, 10],
};

/** Without Temporal's own list of them, every open run is looked at: seldom. */
const LOOK_FOR_STALLED_EVERY_MS = 60_000;
/** Counting runs is a question to the server: seldom enough to cost nothing, often enough for an alert. */
const COUNT_EVERY_MS = 15_000;
/** The states of an open lease, in `LeaseState`. */
const STATES = ['leasing', 'active', 'expiring', 'grace', 'terminating', 'attention'] as const;

/** Telemetry of the SDK: with an address it serves its own metrics and ours there, at `/metrics`, for Prometheus. */
function telemetryOptions(address: string | undefined): { telemetryOptions?: TelemetryOptions } {
  if (address === undefined) return {};
  return {
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN' }) },
      metrics: {
        prometheus: {
          bindAddress: address.replace(/^localhost:/, '127.0.0.1:'), // it takes addresses only
          countersTotalSuffix: true,
          useSecondsForDurations: true,
          unitSuffix: true,
          histogramBucketOverrides: BUCKETS,
        },
      },
    },
  };
}

/** Installs the SDK's runtime. An address that cannot be listened at is the fault of its variable. */
export function installRuntime(
  options: Parameters<typeof Runtime.install>[0],
  address: string | undefined,
): Runtime {
  try {
    return Runtime.install({ ...options, ...telemetryOptions(address) });
  } catch (error) {
    if (address === undefined) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`LEASEHOLD_METRICS_ADDRESS: nothing can be served at ${address} (${why})`);
  }
}

/** Counts each call by its route and the status of its answer. */
export function countCalls(meter: MetricMeter): (call: CallSeen) => void {
  const calls = meter.createCounter('leasehold_api_calls', undefined, 'Calls to the API that are over');
  const time = meter.createHistogram('leasehold_api_call_seconds', 'float', undefined, 'How long they took');
  return ({ route, status = 'none', milliseconds }) => {
    calls.add(1, { route, status: String(status) });
    time.record(milliseconds / 1_000, { route });
  };
}

/** Keeps a gauge of how many calls a second this worker may make. Ends with the function that is returned. */
export function gaugePace(meter: MetricMeter, pace: Pace): () => void {
  const rate = meter.createGauge(
    'leasehold_api_rate',
    'float',
    undefined,
    'Calls a second it may make; 0: any',
  );
  const tell = (): void => rate.set(pace.rate ?? 0);
  tell();
  const timer = setInterval(tell, COUNT_EVERY_MS);
  return () => clearInterval(timer);
}

/** Keeps a gauge of the open runs that make no progress. Where the server cannot be asked, it stays. Ends as the others do. */
export function gaugeStalled(
  meter: MetricMeter,
  connection: NativeConnection,
  namespace: string,
): () => void {
  const client = new Client({ connection, namespace });
  const stalled = meter.createGauge('leasehold_stalled_runs', 'int', undefined, 'Runs without progress');
  const look = async (): Promise<void> => stalled.set((await stalledRuns(client)).runs.length);
  const quietly = (): void => void look().catch(() => undefined);
  quietly();
  const timer = setInterval(quietly, LOOK_FOR_STALLED_EVERY_MS);
  return () => clearInterval(timer);
}

/**
 * Keeps a gauge of the open leases by state, as Temporal lists them: every worker tells the same. Where the server cannot be
 * asked, the gauge of when it last could grows old. Ends with the function that is returned.
 */
export function gaugeLeases(meter: MetricMeter, connection: NativeConnection, namespace: string): () => void {
  const { workflow } = new Client({ connection, namespace });
  const leases = meter.createGauge('leasehold_leases', 'int', undefined, 'Open leases by state');
  const counted = meter.createGauge('leasehold_leases_counted_seconds', 'int', undefined, 'When, Unix time');
  const open = `WorkflowType = '${NAMES.manageLease}' AND ${OPEN_RUNS}`;
  const look = async (): Promise<void> => {
    const counts = STATES.map((state) => workflow.count(`${open} AND LeaseState = '${state}'`));
    const seen = await Promise.all(counts);
    for (const [index, { count }] of seen.entries()) leases.set(count, { state: STATES[index] ?? '' });
    counted.set(Math.round(Date.now() / 1_000));
  };
  const quietly = (): void => void look().catch(() => undefined); // the second gauge tells
  quietly();
  const timer = setInterval(quietly, COUNT_EVERY_MS);
  return () => clearInterval(timer);
}
