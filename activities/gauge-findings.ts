import { metricMeter } from '@temporalio/activity';
import type { ReconcileCounts } from '../domain/reconciliation.js';

export interface GaugeFindings {
  counts: ReconcileCounts;
  suspect: boolean;
  /** Epoch milliseconds. */
  endedAt: number;
}

/** What the last pass found, for whoever watches the worker's metrics. All are counts of numbers unless they say so. */
export function gaugeFindings({ counts, suspect, endedAt }: GaugeFindings): Promise<void> {
  const gauge = (name: string, value: number, description: string) => {
    metricMeter.createGauge(`leasehold_${name}`, 'int', undefined, description).set(value);
  };
  gauge('leased', counts.leased, 'Numbers that the account leases');
  gauge('orphans', counts.orphan, 'Leased, and no open run owns them');
  gauge('unclaimed', counts.unclaimed, 'Held by a run, and its request was ended from outside');
  gauge('ghosts', counts.ghost, 'Held by a run, and not leased');
  gauge('changed', counts.changed, 'Not what was taken any more');
  gauge('stuck', counts.stuck, 'Their run shows attention');
  gauge('reconcile_suspect', suspect ? 1 : 0, '1: the account was not believed in the last pass');
  gauge('reconcile_last_pass_seconds', Math.round(endedAt / 1_000), 'When the last pass ended, Unix time');
  return Promise.resolve();
}
