import type { Ledger } from '../simulator/index.js';
import type { Actor } from '../simulator/ledger.js';

/** One lease from its start to its release, under every id that the vendor gave it. Times of the vendor's clock. */
export interface LeaseSeen {
  number: string;
  leaseIds: string[];
  by: Actor;
  from: number;
  /** Infinity: it is still open. */
  to: number;
}

export function leasesIn({ entries }: Ledger): LeaseSeen[] {
  const byId = new Map<string, LeaseSeen>();
  for (const entry of entries) {
    if (entry.kind === 'leased') {
      const { number, leaseId, by, at: from } = entry;
      byId.set(leaseId, { number, leaseIds: [leaseId], by, from, to: Number.POSITIVE_INFINITY });
    }
    const lease = byId.get(entry.kind === 'renewed' ? entry.previousId : entry.leaseId);
    if (!lease) continue;
    if (entry.kind === 'renewed') {
      lease.leaseIds.push(entry.leaseId);
      byId.set(entry.leaseId, lease);
    }
    if (entry.kind === 'released') lease.to = entry.at;
  }
  return [...new Set(byId.values())];
}

/** The lease that has, or once had, this id. */
export function leaseOf(leases: LeaseSeen[], leaseId: string): LeaseSeen | undefined {
  return leases.find(({ leaseIds }) => leaseIds.includes(leaseId));
}
