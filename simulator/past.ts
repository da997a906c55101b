import { Account } from './account.js';
import { STALE_AT_MOST_MS } from './fault-kinds.js';
import type { SimulatedLease, SimulatorState } from './state.js';

/** What changes in an account, as it was until this instant. Texts tell their own time. */
interface Version {
  until: number;
  leases: SimulatedLease[];
  expired: SimulatedLease[];
  statuses: string[];
}

/** An account as it was a moment ago, so that a read can lag behind as one of a replica does. */
export class Past {
  private versions: Version[] = [];

  /** To be called before anything changes. */
  note({ leases, expired, numbers }: SimulatorState, until: number): void {
    const kept = this.versions.filter((version) => version.until > until - STALE_AT_MOST_MS);
    const statuses = numbers.map(({ status }) => status);
    this.versions = [...kept, { until, ...structuredClone({ leases, expired }), statuses }];
  }

  /** The account of that instant; the present one where nothing has changed since. */
  accountAt(at: number, present: Account): Account {
    const version = this.versions.find(({ until }) => until > at);
    if (!version) return present;
    const { leases, expired, statuses } = version;
    const numbers = present.state.numbers.map((number, nth) => ({
      ...number,
      status: statuses[nth] ?? number.status,
    }));
    return new Account({ ...present.state, numbers, leases, expired });
  }
}
