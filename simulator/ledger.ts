/** Who did it: this account through the API, a person in the vendor's console, another account, the vendor. */
export type Actor = 'us' | 'hand' | 'other' | 'vendor';

interface Entry {
  /** Epoch milliseconds of the simulator's clock. */
  at: number;
  number: string;
  leaseId: string;
}

/** Everything that happened to numbers and money, in order. Nothing is ever taken back out of it. */
export type LedgerEntry =
  | (Entry & { kind: 'leased'; by: Actor; billingMethod: string })
  /** The vendor went on with a lease under another id. */
  | (Entry & { kind: 'renewed'; previousId: string; by: Actor })
  | (Entry & { kind: 'terminate-requested'; by: Actor })
  | (Entry & { kind: 'released'; by: Actor })
  | (Entry & { kind: 'charge'; what: 'upfront' | 'month'; amount: number; currency: string })
  | (Entry & { kind: 'text'; messageId: string; to: string; message: string; usedNumber: string });

export interface Ledger {
  entries: LedgerEntry[];
  /** Leases of the account that are open now. */
  open: { number: string; leaseId: string; by: Actor; since: number }[];
}

export function ledgerOf(entries: LedgerEntry[]): Ledger {
  const open = new Map<string, Ledger['open'][number]>();
  for (const entry of entries) {
    if (entry.kind === 'leased' && entry.by !== 'other') {
      open.set(entry.leaseId, {
        number: entry.number,
        leaseId: entry.leaseId,
        by: entry.by,
        since: entry.at,
      });
    }
    if (entry.kind === 'renewed') {
      const renewed = open.get(entry.previousId);
      open.delete(entry.previousId);
      if (renewed) open.set(entry.leaseId, { ...renewed, leaseId: entry.leaseId });
    }
    if (entry.kind === 'released') open.delete(entry.leaseId);
  }
  return { entries: [...entries], open: [...open.values()] };
}
