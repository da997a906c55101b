import type { Ledger } from '../simulator/index.js';

/** Of the leases that calls of ours made; a release and a lease of one instant count one after the other. */
export function mostHeldAtOnce({ entries }: Ledger, counts: (leaseId: string) => boolean): number {
  const ours = new Set(
    entries.flatMap((entry) =>
      entry.kind === 'leased' && entry.by === 'us' && counts(entry.leaseId) ? [entry.leaseId] : [],
    ),
  );
  let held = 0;
  let most = 0;
  for (const entry of entries) {
    const { kind, leaseId } = entry;
    if (kind === 'renewed' && ours.has(entry.previousId)) ours.add(leaseId);
    if (!ours.has(leaseId)) continue;
    if (kind === 'leased') most = Math.max(most, (held += 1));
    if (kind === 'released') held -= 1;
  }
  return most;
}
